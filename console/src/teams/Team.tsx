import { Badge, Group, Skeleton, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { Mapping } from '../../../src/http/api/schemas/access.ts';
import { EditMappingByQuery } from '../access/EditMapping.tsx';
import { teamMappingsQuery, teamQuery } from '../api/queries.ts';
import { subjectPath } from '../api/subjects.ts';
import { changeTeam, removeTeam, type TaggedTeam } from '../api/teams.ts';
import { type Ask, confirming, Differences, type SubjectAction, SubjectActions } from '../audit/SubjectActions.tsx';
import { Locks, UnlockDialog } from '../locks/Locks.tsx';
import { FactTable } from '../shell/FactTable.tsx';
import { Failure } from '../shell/Failure.tsx';
import { TimeAgo } from '../text/TimeAgo.tsx';
import { NameTeam } from './NameTeam.tsx';
import { differencesOfTeam, givesText, kindWords, lockedOfTeam, peopleText } from './words.ts';

/** A team: what is in force, what the provider asks and is not so, what is locked, and what an admin can do. */
export function Team({ slug, id, ask }: { slug: string; id: string; ask: Ask }) {
  const { data, error, refetch } = useQuery(teamQuery(slug, id));
  const mappings = useQuery(teamMappingsQuery(slug));
  const failed = error ?? mappings.error;
  const retry = () => Promise.all([refetch(), mappings.refetch()]);
  if (failed !== null) return <Failure title="The team cannot be shown" error={failed} retry={retry} />;
  if (data === undefined || mappings.data === undefined) {
    return <Skeleton height={240} aria-label="Loading the team" />;
  }
  const { team } = data;
  const { name, origin, inForce, asked, externalId, createdAt } = team;
  const path = subjectPath('team', id);
  const gives = mappings.data.items.find((mapping) => mapping.team.id === id) ?? {
    team: { id, name },
    role: null,
    license: null,
    members: inForce,
  };
  return (
    <Stack gap="md">
      <Group gap="xs">
        <Badge variant="light" color={origin === 'local' ? 'blue' : 'gray'} tt="none">
          {kindWords[origin].name}
        </Badge>
        <Text size="sm">{kindWords[origin].means}</Text>
      </Group>
      <FactTable
        label="In force"
        facts={[
          ['Name', name],
          ['In force', peopleText(inForce)],
          ...(origin === 'local' ? [] : [['Asked', peopleText(asked)] as const]),
          ['Gives', givesText(gives)],
          ...(externalId === null ? [] : [['External id', externalId] as const]),
          ['Created', <TimeAgo key="created" at={createdAt} />],
        ]}
      />
      <Differences differences={differencesOfTeam(team)} />
      <Locks
        noun="team"
        of={team}
        words={lockedOfTeam}
        open={() => ask((editing) => <UnlockDialog {...{ slug, path, name, ...editing }} />)}
        {...{ slug, path, name }}
      />
      {team.isHere ? (
        <TeamActs of={data} {...{ slug, gives, ask }} />
      ) : (
        <Text size="sm">
          The team is not here yet: what the provider asks is held, and let go or discarded on the page Provisioning.
        </Text>
      )}
    </Stack>
  );
}

function TeamActs({ slug, of, gives, ask }: { slug: string; of: TaggedTeam; gives: Mapping; ask: Ask }) {
  const { origin, locks } = of.team;
  const isLocked = locks.length > 0;
  const acts: SubjectAction[] = [
    { text: 'Rename…', dialog: (editing) => <NameTeam {...{ slug, of, ...editing }} />, isLocked },
    {
      text: 'What it gives…',
      dialog: (editing) => <EditMappingByQuery mapping={gives} {...{ slug, ...editing }} />,
    },
    origin === 'local' ? linking(slug, of) : parting(slug, of),
    { ...removing(slug, of, gives), isLocked },
  ];
  return <SubjectActions acts={acts} ask={ask} />;
}

const linking = (slug: string, { team: { id, name } }: TaggedTeam): SubjectAction => ({
  text: 'Link group…',
  dialog: confirming({
    title: `Link ${name}`,
    submits: 'Let it be linked',
    submit: () => changeTeam(slug, id, 'link'),
    says: 'With the next push of a group of this name the provider decides who is in the team, and takes out whom an admin had put there.',
  }),
});

const parting = (slug: string, { team: { id, name } }: TaggedTeam): SubjectAction => ({
  text: 'Unlink…',
  dialog: confirming({
    title: `Unlink ${name}`,
    submits: 'Unlink the team',
    submit: () => changeTeam(slug, id, 'unlink'),
    says: 'It stays as it is, with its people and what it gives, and is edited here from now on. The provider does not take it over again until an admin allows it.',
  }),
});

const removing = (
  slug: string,
  { team: { id, name, inForce, origin } }: TaggedTeam,
  gives: Mapping,
): SubjectAction => ({
  text: 'Remove…',
  dialog: confirming({
    title: `Remove ${name}`,
    submits: 'Remove the team',
    submit: () => removeTeam(slug, id),
    says:
      `Whoever is in it (${peopleText(inForce)}) stays in the organization. What the team gives ends: ${givesText(gives)}. ` +
      'As long as it is remembered, it can be brought back on the page Audit.' +
      (origin === 'local' ? '' : ' The provider’s next push of the group makes a team of it again.'),
    isFinal: true,
  }),
});
