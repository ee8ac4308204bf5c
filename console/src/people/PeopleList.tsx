import { Button, Group, Skeleton, Stack } from '@mantine/core';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Member } from '../../../src/http/api/schemas/member.ts';
import type { PeopleFilter } from '../api/people.ts';
import { peopleQuery, refreshOrganization } from '../api/queries.ts';
import { ChoiceField } from '../shell/ChoiceField.tsx';
import { Failure } from '../shell/Failure.tsx';
import { type Column, ListTable } from '../shell/ListTable.tsx';
import { PageLink } from '../shell/PageLink.tsx';
import { SearchField } from '../shell/SearchField.tsx';
import { Section } from '../shell/Section.tsx';
import { ShowMore } from '../shell/ShowMore.tsx';
import { NextCommand } from '../text/NextCommand.tsx';
import { AddPerson } from './AddPerson.tsx';
import { PersonName } from './PersonName.tsx';
import { PersonStatus } from './PersonStatus.tsx';
import { differencesOf, licenseText, originWords, statusChoices } from './words.ts';

interface PeopleListProps {
  slug: string;
  filter: PeopleFilter;
  choose: (filter: PeopleFilter) => void;
  open: (id: string) => void;
}

/** The people of an organization, searched by the beginning of a name or an address. */
export function PeopleList({ slug, filter, choose, open }: PeopleListProps) {
  const people = useInfiniteQuery(peopleQuery(slug, filter));
  const [isAdding, setAdding] = useState(false);
  const client = useQueryClient();
  const { data, error, refetch } = people;
  const items = data?.pages.flatMap((page) => page.items);
  return (
    <Stack gap="sm">
      <Section
        title="People"
        says="What is in force, and where it differs from what the provider asks. Those who were removed are on the page Audit."
        action={
          <Button size="xs" onClick={() => setAdding(true)}>
            Add a person
          </Button>
        }
      />
      <Group gap="sm" align="flex-end">
        <SearchField
          label="Search"
          placeholder="The beginning of a name, a login name or an address"
          value={filter.search}
          search={(search) => choose({ ...filter, search })}
        />
        <ChoiceField
          label="Status"
          choices={statusChoices}
          value={filter.status}
          choose={(status) => choose({ ...filter, status })}
        />
      </Group>
      {error !== null && <Failure title="The people cannot be brought up to date" error={error} retry={refetch} />}
      {items === undefined && error === null && <Skeleton height={200} aria-label="Loading the people" />}
      {items?.length === 0 && <Nobody slug={slug} filter={filter} />}
      {items !== undefined && items.length > 0 && (
        <ListTable label="People" widthMin={940} rows={items} keyOf={({ id }) => id} columns={columnsOf(open)} />
      )}
      <ShowMore question={people} />
      {isAdding && (
        <AddPerson slug={slug} saved={() => refreshOrganization(client, slug)} close={() => setAdding(false)} />
      )}
    </Stack>
  );
}

function Nobody({ slug, filter: { search, status } }: { slug: string; filter: PeopleFilter }) {
  if (search !== '' || status !== '') {
    return (
      <NextCommand title={search === '' ? 'There is nobody like that' : `Nobody begins with ${search}`}>
        Names, login names and e-mail addresses are searched by their beginning. Whoever was removed is on the page{' '}
        <PageLink to="/organizations/$slug/audit" params={{ slug }} size="sm">
          Audit
        </PageLink>
        .
      </NextCommand>
    );
  }
  return (
    <NextCommand title="Nobody is here yet">
      People come when the identity provider is connected (
      <PageLink to="/organizations/$slug/provisioning" params={{ slug }} size="sm">
        Provisioning
      </PageLink>
      ), or are added here.
    </NextCommand>
  );
}

const columnsOf = (open: (id: string) => void): Column<Member>[] => [
  {
    heading: 'Person',
    kind: 'name',
    widthMax: 280,
    show: (person) => <PersonName {...person} open={() => open(person.id)} />,
  },
  {
    heading: 'E-mail',
    widthMax: 220,
    show: ({ email }) => email ?? '—',
  },
  { heading: 'Status', show: ({ status }) => <PersonStatus status={status} /> },
  { heading: 'From', widthMax: 150, show: ({ origin }) => originWords[origin] },
  { heading: 'Role', show: ({ role, customRoles }) => [role, ...customRoles].join(', ') },
  { heading: 'License', show: licenseText },
  {
    heading: 'Asked and not in force',
    widthMax: 240,
    show: (person) => differencesOf(person).join('. ') || '—',
  },
];
