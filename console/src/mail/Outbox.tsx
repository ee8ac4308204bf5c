import { Button, Modal, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Mail, MailList } from '../../../src/http/api/schemas/mail.ts';
import { Section } from '../access/Section.tsx';
import { mailQuery } from '../api/queries.ts';
import { TimeAgo } from '../text/TimeAgo.tsx';

/** The newest mail of an organization. What was not sent can be read, to be passed on. */
export function Outbox({ slug, mails }: { slug: string; mails: MailList }) {
  const [open, setOpen] = useState<Mail>();
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
        <Table miw={760} verticalSpacing="xs" aria-label="Outbox">
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">To</Table.Th>
              <Table.Th scope="col">Subject</Table.Th>
              <Table.Th scope="col" w={180}>
                State
              </Table.Th>
              <Table.Th scope="col" w={90}>
                <span aria-hidden="true" />
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {mails.items.map((mail) => (
              <Table.Tr key={mail.id}>
                <Table.Th scope="row" fw={400}>
                  {mail.recipient}
                </Table.Th>
                <Table.Td>{mail.subject ?? mail.kind}</Table.Td>
                <Table.Td>
                  {mail.state} <TimeAgo at={mail.endedAt ?? mail.createdAt} />
                  {mail.problem !== null && (
                    <Text size="xs" c="red">
                      {mail.problem}
                    </Text>
                  )}
                </Table.Td>
                <Table.Td>
                  {(mail.state === 'kept' || mail.state === 'waiting') && mail.subject !== null && (
                    <Button
                      size="compact-xs"
                      variant="default"
                      aria-label={`Read the mail to ${mail.recipient}`}
                      onClick={() => setOpen(mail)}
                    >
                      Read
                    </Button>
                  )}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
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
