import { Button, Skeleton, Stack } from '@mantine/core';
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { MappingList } from '../../../src/http/api/schemas/access.ts';
import type { Team } from '../../../src/http/api/schemas/team.ts';
import { refreshOrganization, teamListQuery, teamMappingsQuery } from '../api/queries.ts';
import { Failure } from '../shell/Failure.tsx';
import { type Column, ListTable } from '../shell/ListTable.tsx';
import { NameButton } from '../shell/NameButton.tsx';
import { PageLink } from '../shell/PageLink.tsx';
import { SearchField } from '../shell/SearchField.tsx';
import { Section } from '../shell/Section.tsx';
import { ShowMore } from '../shell/ShowMore.tsx';
import { NextCommand } from '../text/NextCommand.tsx';
import { NameTeam } from './NameTeam.tsx';
import { differencesOfTeam, givesText, kindWords } from './words.ts';

interface TeamListProps {
  slug: string;
  search: string;
  choose: (search: string) => void;
  open: (id: string) => void;
}

/** The teams of an organization, searched by the beginning of the name. */
export function TeamList({ slug, search, choose, open }: TeamListProps) {
  const teams = useInfiniteQuery(teamListQuery(slug, search));
  const mappings = useQuery(teamMappingsQuery(slug));
  const [isAdding, setAdding] = useState(false);
  const client = useQueryClient();
  const { data, error, refetch } = teams;
  const items = data?.pages.flatMap((page) => page.items);
  return (
    <Stack gap="sm">
      <Section
        title="Teams"
        says="Local teams are this organization’s own; of synced and linked ones the provider says who is in them."
        action={
          <Button size="xs" onClick={() => setAdding(true)}>
            Make a team
          </Button>
        }
      />
      <SearchField label="Search" placeholder="The beginning of a name" value={search} search={choose} />
      {error !== null && <Failure title="The teams cannot be brought up to date" error={error} retry={refetch} />}
      {items === undefined && error === null && <Skeleton height={200} aria-label="Loading the teams" />}
      {items?.length === 0 && <NoTeam slug={slug} search={search} />}
      {items !== undefined && items.length > 0 && (
        <ListTable
          label="Teams"
          widthMin={860}
          rows={items}
          keyOf={({ id }) => id}
          columns={columnsOf(mappings.data, open)}
        />
      )}
      <ShowMore question={teams} />
      {isAdding && (
        <NameTeam slug={slug} saved={() => refreshOrganization(client, slug)} close={() => setAdding(false)} />
      )}
    </Stack>
  );
}

function NoTeam({ slug, search }: { slug: string; search: string }) {
  if (search !== '') {
    return (
      <NextCommand title={`No team begins with ${search}`}>Names of teams are searched by their beginning.</NextCommand>
    );
  }
  return (
    <NextCommand title="There is no team yet">
      Teams come when the identity provider pushes its groups (
      <PageLink to="/organizations/$slug/provisioning" params={{ slug }} size="sm">
        Provisioning
      </PageLink>
      ), or are made here.
    </NextCommand>
  );
}

const columnsOf = (mappings: MappingList | undefined, open: (id: string) => void): Column<Team>[] => [
  {
    heading: 'Team',
    kind: 'name',
    widthMax: 320,
    show: ({ id, name }) => <NameButton name={name} open={() => open(id)} />,
  },
  { heading: 'Kind', show: ({ origin }) => kindWords[origin].name },
  { heading: 'In force', kind: 'number', show: ({ inForce }) => inForce.toLocaleString('en') },
  {
    heading: 'Asked',
    kind: 'number',
    show: ({ asked, origin }) => (origin === 'local' ? '—' : asked.toLocaleString('en')),
  },
  {
    heading: 'Gives',
    show: ({ id }) =>
      givesText(
        mappings?.items.find(({ team }) => team.id === id),
        '—',
      ),
  },
  {
    heading: 'Asked and not in force',
    widthMax: 260,
    show: (team) => differencesOfTeam(team).join('. ') || '—',
  },
];
