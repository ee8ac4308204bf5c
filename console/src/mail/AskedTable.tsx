import { Text } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Invitation } from '../../../src/http/api/schemas/mail.ts';
import { type Column, ListTable } from '../shell/ListTable.tsx';
import { RowActions } from '../shell/RowActions.tsx';
import { Section } from '../shell/Section.tsx';
import { MailState } from './MailState.tsx';

interface AskedTableProps<Row extends Invitation> {
  title: string;
  says: string;
  rows: readonly Row[];
  /** What they are asked about, between the person and the time. */
  about?: Column<Row>;
  actions: (row: Row) => ReactNode;
}

/** People who are asked for something by mail: until when, what became of the mail, and what an admin can do about it. */
export function AskedTable<Row extends Invitation>({ title, says, rows, about, actions }: AskedTableProps<Row>) {
  const columns: Column<Row>[] = [
    { heading: 'Person', kind: 'name', show: ({ member }) => member.userName },
    ...(about === undefined ? [] : [about]),
    { heading: 'Until', show: ({ until }) => (isOver(until) ? 'over' : until?.slice(0, 10)) },
    {
      heading: 'Mail',
      show: ({ mail }) => (mail === null ? <NoMail /> : <MailState {...mail} at={mail.createdAt} />),
    },
    { heading: 'Actions', kind: 'actions', show: (row) => <RowActions>{actions(row)}</RowActions> },
  ];
  return (
    <Section title={title} says={says}>
      {rows.length > 0 && (
        <ListTable
          label={title}
          columns={columns}
          rows={rows}
          keyOf={({ member }) => member.id}
          widthMin={760}
          isScrolled
        />
      )}
    </Section>
  );
}

const NoMail = () => (
  <Text size="sm" c="dimmed">
    none
  </Text>
);

/** Whether the time has passed, or an admin has ended it. */
export const isOver = (until: string | null): boolean => until !== null && new Date(until) <= new Date();
