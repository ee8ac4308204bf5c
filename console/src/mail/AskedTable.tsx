import { Group, Table, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Invitation } from '../../../src/http/api/schemas/mail.ts';
import { Section } from '../access/Section.tsx';
import { TimeAgo } from '../text/TimeAgo.tsx';

interface AskedTableProps<Row extends Invitation> {
  title: string;
  says: string;
  rows: readonly Row[];
  /** What they are asked about, between the person and the time. */
  about?: { heading: string; show: (row: Row) => ReactNode };
  actions: (row: Row) => ReactNode;
}

/** People who are asked for something by mail: until when, what became of the mail, and what an admin can do about it. */
export function AskedTable<Row extends Invitation>({ title, says, rows, about, actions }: AskedTableProps<Row>) {
  return (
    <Section title={title} says={says}>
      {rows.length > 0 && (
        <Table miw={760} verticalSpacing="xs" aria-label={title}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">Person</Table.Th>
              {about !== undefined && <Table.Th scope="col">{about.heading}</Table.Th>}
              <Table.Th scope="col">Until</Table.Th>
              <Table.Th scope="col">Mail</Table.Th>
              <Table.Th scope="col" w={300} aria-label="Actions" />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((row) => (
              <Table.Tr key={row.member.id}>
                <Table.Th scope="row" fw={600}>
                  {row.member.userName}
                </Table.Th>
                {about !== undefined && <Table.Td>{about.show(row)}</Table.Td>}
                <Table.Td>{isOver(row.until) ? 'over' : row.until?.slice(0, 10)}</Table.Td>
                <Table.Td>
                  <LastMail mail={row.mail} />
                </Table.Td>
                <Table.Td>
                  <Group gap="xs" justify="flex-end">
                    {actions(row)}
                  </Group>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Section>
  );
}

function LastMail({ mail }: Pick<Invitation, 'mail'>) {
  if (mail === null) {
    return (
      <Text size="sm" c="dimmed">
        none
      </Text>
    );
  }
  return (
    <>
      {mail.state} <TimeAgo at={mail.createdAt} />
      {mail.problem !== null && (
        <Text size="xs" c="red">
          {mail.problem}
        </Text>
      )}
    </>
  );
}

/** Whether the time has passed, or an admin has ended it. */
export const isOver = (until: string | null): boolean => until !== null && new Date(until) <= new Date();
