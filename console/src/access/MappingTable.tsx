import { Button } from '@mantine/core';
import type { Mapping, MappingList } from '../../../src/http/api/schemas/access.ts';
import { type Column, ListTable } from '../shell/ListTable.tsx';
import { Section } from '../shell/Section.tsx';

/** The teams that give a role or a license to those who are in them. */
export function MappingTable({ mappings, edit }: { mappings: MappingList; edit: (mapping?: Mapping) => void }) {
  const title = 'Team mappings';
  const rows = mappings.items;
  const columns: Column<Mapping>[] = [
    { heading: 'Team', kind: 'name', show: ({ team }) => team.name },
    { heading: 'Role', show: ({ role }) => role ?? '—' },
    { heading: 'License', show: ({ license }) => license ?? '—' },
    { heading: 'Members', kind: 'number', show: ({ members }) => members.toLocaleString('en') },
    {
      heading: 'Actions',
      kind: 'actions',
      show: (mapping) => (
        <Button size="compact-xs" variant="default" onClick={() => edit(mapping)}>
          Change
        </Button>
      ),
    },
  ];
  return (
    <Section
      title={title}
      says={
        rows.length === 0
          ? 'No team gives a role or a license. Names of teams never grant anything.'
          : 'What teams give to those who are in them. Of several roles the most permissive wins.'
      }
      action={
        <Button size="xs" onClick={() => edit()}>
          Map a team
        </Button>
      }
    >
      {rows.length > 0 && (
        <ListTable
          label={title}
          columns={columns}
          rows={rows}
          keyOf={({ team }) => team.id}
          widthMin={560}
          isScrolled
        />
      )}
    </Section>
  );
}
