import { Skeleton, Stack, Text } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { MemberOfTeamList } from '../../../src/http/api/schemas/member.ts';
import { foundPeopleQuery, membershipKeys, peopleOfTeamQuery, teamQuery } from '../api/queries.ts';
import { putIntoTeam, takeOutOfTeam } from '../api/teams.ts';
import { PersonName } from '../people/PersonName.tsx';
import { PersonStatus } from '../people/PersonStatus.tsx';
import { ActionButton } from '../shell/ActionButton.tsx';
import { Failure } from '../shell/Failure.tsx';
import { type Column, ListTable } from '../shell/ListTable.tsx';
import { RowActions } from '../shell/RowActions.tsx';
import { SearchField } from '../shell/SearchField.tsx';
import { ShowMore } from '../shell/ShowMore.tsx';
import { membershipText } from './words.ts';

interface PeopleOfProps {
  slug: string;
  /** The team. */
  id: string;
  open: (person: { id: string; name: string }) => void;
}

/** The people of a team in pages, and where it is not locked the ways to put somebody in and to take somebody out. */
export function PeopleOf({ slug, id, open }: PeopleOfProps) {
  const people = useInfiniteQuery(peopleOfTeamQuery(slug, id));
  const team = useQuery(teamQuery(slug, id));
  const { data, error, refetch } = people;
  if (error !== null) return <Failure title="The people cannot be shown" error={error} retry={refetch} />;
  if (data === undefined) return <Skeleton height={160} aria-label="Loading the people" />;
  const items = data.pages.flatMap((page) => page.items);
  const isOpen = team.data?.team.isHere === true && team.data.team.locks.length === 0;
  return (
    <Stack gap="sm">
      {isOpen && <PutIn {...{ slug, id }} />}
      {team.data !== undefined && !isOpen && (
        <Text size="sm" c="dimmed">
          Who is in the team is not changed by hand: the tab Team says why, and what the ways are.
        </Text>
      )}
      {items.length === 0 ? (
        <Text size="sm">Nobody is in the team.</Text>
      ) : (
        <ListTable
          label="People of the team"
          widthMin={isOpen ? 560 : 420}
          rows={items}
          keyOf={(person) => person.id}
          columns={columnsOf({ slug, id, open }, isOpen)}
        />
      )}
      <ShowMore question={people} />
    </Stack>
  );
}

type Person = MemberOfTeamList['items'][number];

const columnsOf = ({ slug, id, open }: PeopleOfProps, isOpen: boolean): Column<Person>[] => [
  {
    heading: 'Person',
    kind: 'name',
    widthMax: 240,
    show: (person) => <PersonName {...person} open={() => open({ id: person.id, name: person.userName })} />,
  },
  {
    heading: 'Is',
    widthMax: 200,
    show: (person) => (
      <>
        {membershipText(person)}
        {person.status !== 'active' && (
          <div>
            <PersonStatus status={person.status} />
          </div>
        )}
      </>
    ),
  },
  ...(isOpen
    ? [
        {
          heading: 'Actions',
          kind: 'actions' as const,
          show: ({ id: person, userName, reason }: Person) =>
            reason.rule !== 'no-member-by-hand' && (
              <RowActions>
                <ActionButton
                  text="Take out"
                  label={`Take ${userName} out of the team`}
                  act={() => takeOutOfTeam(slug, id, person)}
                  refresh={membershipKeys(slug)}
                />
              </RowActions>
            ),
        },
      ]
    : []),
];

/** Looks for people and puts them into the team, one after the other. */
function PutIn({ slug, id }: { slug: string; id: string }) {
  const [search, setSearch] = useState('');
  const { data, error, refetch } = useQuery(foundPeopleQuery(slug, search));
  return (
    <Stack gap="xs">
      <SearchField
        label="Put somebody in"
        placeholder="The beginning of a name, a login name or an address"
        value={search}
        search={setSearch}
      />
      {error !== null && <Failure title="Nobody can be looked for" error={error} retry={refetch} />}
      {search !== '' && data?.items.length === 0 && <Text size="sm">Nobody begins with {search}.</Text>}
      {search !== '' && data !== undefined && data.items.length > 0 && (
        <ListTable
          label="People to put in"
          widthMin={420}
          rows={data.items}
          keyOf={(person) => person.id}
          columns={[
            {
              heading: 'Person',
              kind: 'name',
              widthMax: 240,
              show: (person) => <PersonName name={person.name} userName={person.userName} />,
            },
            {
              heading: 'Actions',
              kind: 'actions',
              show: ({ id: person, userName }) => (
                <RowActions>
                  <ActionButton
                    text="Put in"
                    label={`Put ${userName} into the team`}
                    act={() => putIntoTeam(slug, id, person)}
                    refresh={membershipKeys(slug)}
                  />
                </RowActions>
              ),
            },
          ]}
        />
      )}
    </Stack>
  );
}
