import { Button, Group, Table, Text } from '@mantine/core';
import type { AccessList } from '../../../src/http/api/schemas/access.ts';
import { setBreakGlass } from '../api/client.ts';
import { ActButton } from '../shell/ActButton.tsx';
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

interface PeopleProps {
  slug: string;
  people: AccessList;
}

/** Who administers the organization, and why. */
export function AdministratorTable({ slug, people, edit }: PeopleProps & { edit: (userName?: string) => void }) {
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
          {people.items.map(({ id, userName, role, roleReason, status, origin, breakGlass }) => (
            <Table.Tr key={id}>
              <Table.Th scope="row" fw={600}>
                {userName}
              </Table.Th>
              <Table.Td>{role}</Table.Td>
              <Table.Td>{ruleText(roleReason.rule)}</Table.Td>
              <Table.Td>
                {status}
                {origin === 'local' && (
                  <Text size="xs" c="dimmed">
                    {breakGlass ? 'local, set apart' : 'local'}
                  </Text>
                )}
              </Table.Td>
              <Table.Td>
                <Group gap="xs" justify="flex-end">
                  {origin === 'local' && !breakGlass && (
                    <ActButton
                      text="Set apart"
                      label={`Set ${userName} apart as a way in`}
                      act={() => setBreakGlass(slug, id, true)}
                      refresh={[['access', slug]]}
                    />
                  )}
                  <Button size="compact-xs" variant="default" onClick={() => edit(userName)}>
                    Change
                  </Button>
                </Group>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Section>
  );
}

/** Who is set apart as a way in for the day on which the identity provider is out of reach or gone wrong. */
export function BreakGlassTable({ slug, people }: PeopleProps) {
  const howMany = 'The setting breakGlassAccounts of the policy says how many there may be.';
  const says =
    people.items.length === 0
      ? `Nobody is set apart. A local owner or admin can be, for the day on which the identity provider is out of reach or gone wrong. ${howMany}`
      : `No request of the identity provider touches them. ${howMany}`;
  return (
    <Section title="Break-glass accounts" says={says}>
      {people.items.length > 0 && (
        <Table miw={560} verticalSpacing="xs" aria-label="Break-glass accounts">
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">Member</Table.Th>
              <Table.Th scope="col">Role</Table.Th>
              <Table.Th scope="col">Status</Table.Th>
              <Table.Th scope="col" aria-label="Actions" />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {people.items.map(({ id, userName, role, status }) => (
              <Table.Tr key={id}>
                <Table.Th scope="row" fw={600}>
                  {userName}
                </Table.Th>
                <Table.Td>{role}</Table.Td>
                <Table.Td>{status}</Table.Td>
                <Table.Td>
                  <Group gap="xs" justify="flex-end">
                    <ActButton
                      text="No longer"
                      label={`Set ${userName} apart no longer`}
                      act={() => setBreakGlass(slug, id, false)}
                      refresh={[['access', slug]]}
                    />
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
