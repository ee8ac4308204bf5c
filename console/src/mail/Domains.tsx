import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import type { Domain, DomainList } from '../../../src/http/api/schemas/domain.ts';
import { messageOf } from '../api/errors.ts';
import { addDomain, checkDomain, removeDomain } from '../api/mail.ts';
import { ActionButton } from '../shell/ActionButton.tsx';
import { type Column, ListTable } from '../shell/ListTable.tsx';
import { RowActions } from '../shell/RowActions.tsx';
import { Section } from '../shell/Section.tsx';
import { CopyText } from '../text/CopyText.tsx';
import { TimeAgo } from '../text/TimeAgo.tsx';

/** The domains of addresses that the organization shows to be its own, each with the record that does. */
export function Domains({ slug, domains }: { slug: string; domains: DomainList }) {
  const refresh = [['domains', slug]];
  const columns: Column<Domain>[] = [
    { heading: 'Domain', kind: 'name', show: ({ name }) => name },
    {
      heading: 'State',
      show: ({ state, provenAt }) => (
        <>
          {state}
          {provenAt !== null && (
            <Text size="xs" c="dimmed">
              seen <TimeAgo at={provenAt} />
            </Text>
          )}
        </>
      ),
    },
    {
      heading: 'Record in the DNS',
      show: ({ name, record, problem }) => (
        <>
          <CopyText text={record.name} what={`name of the record of ${name}`} />
          <CopyText text={record.value} what={`value of the record of ${name}`} />
          {problem !== null && (
            <Text size="xs" c="red">
              {problem}
            </Text>
          )}
        </>
      ),
    },
    {
      heading: 'Actions',
      kind: 'actions',
      show: ({ name }) => (
        <RowActions>
          <ActionButton
            text="Check now"
            label={`Check ${name} now`}
            act={() => checkDomain(slug, name)}
            refresh={refresh}
          />
          <ActionButton text="Remove" label={`Remove ${name}`} act={() => removeDomain(slug, name)} refresh={refresh} />
        </RowActions>
      ),
    },
  ];
  return (
    <Section
      title="Domains"
      says="In a verified domain an e-mail address links people, and a changed one is in force at once, as the policy says. It gives nobody a role."
    >
      <Stack gap="sm">
        {domains.items.length > 0 && (
          <ListTable
            label="Domains"
            columns={columns}
            rows={domains.items}
            keyOf={({ name }) => name}
            widthMin={760}
            isScrolled
          />
        )}
        <AddDomain slug={slug} />
      </Stack>
    </Section>
  );
}

function AddDomain({ slug }: { slug: string }) {
  const queries = useQueryClient();
  const [name, setName] = useState('');
  const [message, setMessage] = useState<string>();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    try {
      await addDomain(slug, name.trim());
      setName('');
      setMessage(undefined);
      await queries.invalidateQueries({ queryKey: ['domains', slug] });
    } catch (error) {
      setMessage(messageOf(error));
    }
  };
  return (
    <form onSubmit={submit}>
      <Group gap="xs" align="flex-start">
        <TextInput
          aria-label="Another domain"
          placeholder="acme.example"
          size="xs"
          w={280}
          value={name}
          error={message}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Button type="submit" size="xs" variant="default" disabled={name.trim() === ''}>
          Add the domain
        </Button>
      </Group>
    </form>
  );
}
