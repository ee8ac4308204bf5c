import { Button, Group, Stack, Table, Text, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import type { DomainList } from '../../../src/http/api/schemas/domain.ts';
import { Section } from '../access/Section.tsx';
import { addDomain, checkDomain, removeDomain } from '../api/client.ts';
import { ActButton } from '../shell/ActButton.tsx';
import { CopyText } from '../text/CopyText.tsx';
import { TimeAgo } from '../text/TimeAgo.tsx';

/** The domains of addresses that the organization shows to be its own, each with the record that does. */
export function Domains({ slug, domains }: { slug: string; domains: DomainList }) {
  const refresh = [['domains', slug]];
  return (
    <Section
      title="Domains"
      says="In a verified domain an e-mail address links people, and a changed one is in force at once, as the policy says. It gives nobody a role."
    >
      <Stack gap="sm">
        {domains.items.length > 0 && (
          <Table miw={760} verticalSpacing="xs" aria-label="Domains">
            <Table.Thead>
              <Table.Tr>
                <Table.Th scope="col">Domain</Table.Th>
                <Table.Th scope="col" w={110}>
                  State
                </Table.Th>
                <Table.Th scope="col">Record in the DNS</Table.Th>
                <Table.Th scope="col" w={220}>
                  <span aria-hidden="true" />
                </Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {domains.items.map(({ name, state, record, problem, provenAt }) => (
                <Table.Tr key={name}>
                  <Table.Th scope="row" fw={600}>
                    {name}
                  </Table.Th>
                  <Table.Td>
                    {state}
                    {provenAt !== null && (
                      <Text size="xs" c="dimmed">
                        seen <TimeAgo at={provenAt} />
                      </Text>
                    )}
                  </Table.Td>
                  <Table.Td>
                    <CopyText text={record.name} what={`name of the record of ${name}`} />
                    <CopyText text={record.value} what={`value of the record of ${name}`} />
                    {problem !== null && (
                      <Text size="xs" c="red">
                        {problem}
                      </Text>
                    )}
                  </Table.Td>
                  <Table.Td>
                    <Group gap="xs" justify="flex-end">
                      <ActButton
                        text="Check now"
                        label={`Check ${name} now`}
                        act={() => checkDomain(slug, name)}
                        refresh={refresh}
                      />
                      <ActButton
                        text="Remove"
                        label={`Remove ${name}`}
                        act={() => removeDomain(slug, name)}
                        refresh={refresh}
                      />
                    </Group>
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
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
      setMessage(error instanceof Error ? error.message : String(error));
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
