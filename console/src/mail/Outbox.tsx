import { Button, Modal, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Mail, MailList } from '../../../src/http/api/schemas/mail.ts';
import { mailQuery } from '../api/queries.ts';
import { type Column, ListTable } from '../shell/ListTable.tsx';
import { Section } from '../shell/Section.tsx';
import { MailState } from './MailState.tsx';

/** The newest mail of an organization. What was not sent can be read, to be passed on. */
export function Outbox({ slug, mails }: { slug: string; mails: MailList }) {
  const [open, setOpen] = useState<Mail>();
  const columns: Column<Mail>[] = [
    { heading: 'To', kind: 'name', show: ({ recipient }) => recipient },
    { heading: 'Subject', show: ({ subject, kind }) => subject ?? kind },
    { heading: 'State', show: (mail) => <MailState {...mail} at={mail.endedAt ?? mail.createdAt} /> },
    {
      heading: 'Actions',
      kind: 'actions',
      show: (mail) =>
        (mail.state === 'kept' || mail.state === 'waiting') &&
        mail.subject !== null && (
          <Button
            size="compact-xs"
            variant="default"
            aria-label={`Read the mail to ${mail.recipient}`}
            onClick={() => setOpen(mail)}
          >
            Read
          </Button>
        ),
    },
  ];
  return (
    <Section
      title="Outbox"
      says={
        mails.items.length === 0
          ? 'No mail was written yet.'
          : 'The newest mail. Without a mail server it is kept here, for you to pass on.'
      }
    >
      {mails.items.length > 0 && (
        <ListTable
          label="Outbox"
          columns={columns}
          rows={mails.items}
          keyOf={({ id }) => id}
          widthMin={760}
          isScrolled
        />
      )}
      <Modal opened={open !== undefined} onClose={() => setOpen(undefined)} title={open?.subject} size="lg">
        {open !== undefined && <MailText slug={slug} id={open.id} />}
      </Modal>
    </Section>
  );
}

function MailText({ slug, id }: { slug: string; id: string }) {
  const { data, error } = useQuery(mailQuery(slug, id));
  return (
    <Text size="sm" style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
      {error?.message ?? (data === undefined ? 'Loading …' : (data.text ?? 'It has no text any more.'))}
    </Text>
  );
}
