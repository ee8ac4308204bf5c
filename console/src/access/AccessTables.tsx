import { Button, Text } from '@mantine/core';
import type { Access, AccessList } from '../../../src/http/api/schemas/access.ts';
import { setBreakGlass } from '../api/access.ts';
import { ActionButton } from '../shell/ActionButton.tsx';
import { type Column, ListTable } from '../shell/ListTable.tsx';
import { RowActions } from '../shell/RowActions.tsx';
import { Section } from '../shell/Section.tsx';
import { TimeAgo } from '../text/TimeAgo.tsx';
import { ruleText } from './words.ts';

const member: Column<Access> = { heading: 'Member', kind: 'name', show: ({ userName }) => userName };
const role: Column<Access> = { heading: 'Role', show: (person) => person.role };
const status: Column<Access> = { heading: 'Status', show: (person) => person.status };

interface PeopleTableProps {
  label: string;
  people: AccessList;
  columns: readonly Column<Access>[];
}

function PeopleTable({ label, people, columns }: PeopleTableProps) {
  return (
    <ListTable label={label} columns={columns} rows={people.items} keyOf={({ id }) => id} widthMin={560} isScrolled />
  );
}

/** The people who wait for a seat; those who have waited longest are served first. */
export function WaitingTable({ people }: { people: AccessList }) {
  const title = 'Waiting for a seat';
  const says =
    people.items.length === 0
      ? 'Nobody waits for a seat.'
      : 'A seat that becomes free goes to whoever has waited longest.';
  const columns: Column<Access>[] = [
    member,
    { heading: 'License', show: ({ waitsFor }) => waitsFor },
    { heading: 'Since', show: ({ waitsSince }) => waitsSince !== null && <TimeAgo at={waitsSince} /> },
  ];
  return (
    <Section title={title} says={says}>
      {people.items.length > 0 && <PeopleTable label={title} people={people} columns={columns} />}
    </Section>
  );
}

interface PeopleProps {
  slug: string;
  people: AccessList;
}

/** Who administers the organization, and why. */
export function AdministratorTable({ slug, people, edit }: PeopleProps & { edit: (userName?: string) => void }) {
  const title = 'Owners and admins';
  const says =
    people.items.length === 0
      ? 'Nobody administers this organization yet.'
      : 'The last owner and the last admin cannot be removed, suspended or demoted by anyone.';
  const columns: Column<Access>[] = [
    member,
    role,
    { heading: 'Because', show: ({ roleReason }) => ruleText(roleReason.rule) },
    {
      heading: 'Status',
      show: (person) => (
        <>
          {person.status}
          {person.origin === 'local' && (
            <Text size="xs" c="dimmed">
              {person.breakGlass ? 'local, set apart' : 'local'}
            </Text>
          )}
        </>
      ),
    },
    {
      heading: 'Actions',
      kind: 'actions',
      show: ({ id, userName, origin, breakGlass }) => (
        <RowActions>
          {origin === 'local' && !breakGlass && (
            <ActionButton
              text="Set apart"
              label={`Set ${userName} apart as a way in`}
              act={() => setBreakGlass(slug, id, true)}
              refresh={[['access', slug]]}
            />
          )}
          <Button size="compact-xs" variant="default" onClick={() => edit(userName)}>
            Change
          </Button>
        </RowActions>
      ),
    },
  ];
  const action = (
    <Button size="xs" onClick={() => edit()}>
      Give a role or a license
    </Button>
  );
  return (
    <Section title={title} says={says} action={action}>
      {people.items.length > 0 && <PeopleTable label={title} people={people} columns={columns} />}
    </Section>
  );
}

/** Who is set apart as a way in for the day on which the identity provider is out of reach or gone wrong. */
export function BreakGlassTable({ slug, people }: PeopleProps) {
  const title = 'Break-glass accounts';
  const howMany = 'The setting breakGlassAccounts of the policy says how many there may be.';
  const says =
    people.items.length === 0
      ? `Nobody is set apart. A local owner or admin can be, for the day on which the identity provider is out of reach or gone wrong. ${howMany}`
      : `No request of the identity provider touches them. ${howMany}`;
  const columns: Column<Access>[] = [
    member,
    role,
    status,
    {
      heading: 'Actions',
      kind: 'actions',
      show: ({ id, userName }) => (
        <RowActions>
          <ActionButton
            text="No longer"
            label={`Set ${userName} apart no longer`}
            act={() => setBreakGlass(slug, id, false)}
            refresh={[['access', slug]]}
          />
        </RowActions>
      ),
    },
  ];
  return (
    <Section title={title} says={says}>
      {people.items.length > 0 && <PeopleTable label={title} people={people} columns={columns} />}
    </Section>
  );
}
