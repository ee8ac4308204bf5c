import { Button, Table } from '@mantine/core';
import type { Mapping, MappingList } from '../../../src/http/api/schemas/access.ts';
import { Section } from './Section.tsx';

/** The teams that give a role or a license to those who are in them. */
export function MappingTable({ mappings, edit }: { mappings: MappingList; edit: (mapping?: Mapping) => void }) {
  const action = (
    <Button size="xs" onClick={() => edit()}>
      Map a team
    </Button>
  );
  if (mappings.items.length === 0) {
    return (
      <Section
        title="Team mappings"
        says="No team gives a role or a license. Names of teams never grant anything."
        action={action}
      />
    );
  }
  return (
    <Section
      title="Team mappings"
      says="What teams give to those who are in them. Of several roles the most permissive wins."
      action={action}
    >
      <Table miw={560} verticalSpacing="xs" aria-label="Team mappings">
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Team</Table.Th>
            <Table.Th scope="col">Role</Table.Th>
            <Table.Th scope="col">License</Table.Th>
            <Table.Th scope="col" ta="right">
              Members
            </Table.Th>
            <Table.Th scope="col" aria-label="Change" />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {mappings.items.map((mapping) => {
            const { team, role, license, members } = mapping;
            return (
              <Table.Tr key={team.id}>
                <Table.Th scope="row" fw={600}>
                  {team.name}
                </Table.Th>
                <Table.Td>{role ?? '—'}</Table.Td>
                <Table.Td>{license ?? '—'}</Table.Td>
                <Table.Td ta="right">{members.toLocaleString('en')}</Table.Td>
                <Table.Td ta="right">
                  <Button size="compact-xs" variant="subtle" onClick={() => edit(mapping)}>
                    Change
                  </Button>
                </Table.Td>
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </Table>
    </Section>
  );
}
