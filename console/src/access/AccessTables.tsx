import { Button, Table } from '@mantine/core';
import type { AccessList } from '../../../src/http/api/schemas/access.ts';
import { TimeAgo } from '../text/TimeAgo.tsx';
import { Section } from './Section.tsx';
import { ruleText } from './words.ts';

/** The people who wait for a seat; those who have waited longest are served first. */
export function WaitingTable({ people }: { people: AccessList }) {
  if (people.items.length === 0) return <Section title="Waiting for a seat" says="Nobody waits for a seat." />;
  return (
    <Section title="Waiting for a seat" says="A seat that becomes free goes to whoever has waited longest.">
      <Table miw={560} verticalSpacing="xs" aria-label="Waiting for a seat">
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Member</Table.Th>
            <Table.Th scope="col">License</Table.Th>
            <Table.Th scope="col">Since</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {people.items.map(({ id, userName, waitsFor, waitsSince }) => (
            <Table.Tr key={id}>
              <Table.Th scope="row" fw={600}>
                {userName}
              </Table.Th>
              <Table.Td>{waitsFor}</Table.Td>
              <Table.Td>{waitsSince !== null && <TimeAgo at={waitsSince} />}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Section>
  );
}

/** Who administers the organization, and why. */
export function AdministratorTable({ people, edit }: { people: AccessList; edit: (userName?: string) => void }) {
  const action = (
    <Button size="xs" onClick={() => edit()}>
      Give a role or a license
    </Button>
  );
  if (people.items.length === 0)
    return <Section title="Owners and admins" says="Nobody administers this organization yet." action={action} />;
  return (
    <Section
      title="Owners and admins"
      says="The last owner and the last admin cannot be removed, suspended or demoted by anyone."
      action={action}
    >
      <Table miw={560} verticalSpacing="xs" aria-label="Owners and admins">
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Member</Table.Th>
            <Table.Th scope="col">Role</Table.Th>
            <Table.Th scope="col">Because</Table.Th>
            <Table.Th scope="col">Status</Table.Th>
            <Table.Th scope="col" aria-label="Change" />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {people.items.map(({ id, userName, role, roleReason, status }) => (
            <Table.Tr key={id}>
              <Table.Th scope="row" fw={600}>
                {userName}
              </Table.Th>
              <Table.Td>{role}</Table.Td>
              <Table.Td>{ruleText(roleReason.rule)}</Table.Td>
              <Table.Td>{status}</Table.Td>
              <Table.Td ta="right">
                <Button size="compact-xs" variant="subtle" onClick={() => edit(userName)}>
                  Change
                </Button>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Section>
  );
}
