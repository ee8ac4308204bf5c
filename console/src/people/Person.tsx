import { Badge, Group, Skeleton, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { MemberDetail } from '../../../src/http/api/schemas/member.ts';
import { personQuery } from '../api/queries.ts';
import { subjectPath } from '../api/subjects.ts';
import { type Ask, Differences } from '../audit/SubjectActions.tsx';
import { Locks, UnlockDialog } from '../locks/Locks.tsx';
import { FactTable } from '../shell/FactTable.tsx';
import { Failure } from '../shell/Failure.tsx';
import { TimeAgo } from '../text/TimeAgo.tsx';
import { PersonActions } from './PersonActions.tsx';
import { PersonStatus } from './PersonStatus.tsx';
import { differencesOf, licenseText, lockedOfPerson, originWords } from './words.ts';

/** A person: what is in force, what the provider asks and is not so, what is locked, and what an admin can do. */
export function Person({ slug, id, ask }: { slug: string; id: string; ask: Ask }) {
  const { data, error, refetch } = useQuery(personQuery(slug, id));
  if (error !== null) return <Failure title="The person cannot be shown" error={error} retry={refetch} />;
  if (data === undefined) return <Skeleton height={240} aria-label="Loading the person" />;
  const { person, tag } = data;
  const path = subjectPath('member', id);
  return (
    <Stack gap="md">
      <Group gap="xs">
        <PersonStatus status={person.status} />
        {person.breakGlass && (
          <Badge variant="light" color="gray" tt="none">
            Set apart as a way in
          </Badge>
        )}
      </Group>
      <Facts person={person} />
      <Differences differences={differencesOf(person)} />
      <Locks
        noun="person"
        name={person.userName}
        of={person}
        words={lockedOfPerson}
        open={() => ask((editing) => <UnlockDialog {...{ slug, path, ...editing }} name={person.userName} />)}
        {...{ slug, path }}
      />
      <PersonActions {...{ slug, person, tag, ask }} />
    </Stack>
  );
}

function Facts({ person }: { person: MemberDetail }) {
  const { name, userName, email, role, customRoles, origin, externalId, teams, createdAt } = person;
  return (
    <FactTable
      label="In force"
      facts={[
        ['Name', name],
        ['Login name', userName],
        ['E-mail', email ?? '—'],
        ['Role', [role, ...customRoles].join(', ')],
        ['License', licenseText(person)],
        ['Teams', teams.toLocaleString('en')],
        ['From', originWords[origin]],
        ...(externalId === null ? [] : [['External id', externalId] as const]),
        ['Created', <TimeAgo key="created" at={createdAt} />],
      ]}
    />
  );
}
