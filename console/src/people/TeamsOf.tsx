import { Skeleton, Stack, Text } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { teamsOfPersonQuery } from '../api/queries.ts';
import { Failure } from '../shell/Failure.tsx';
import { ListTable } from '../shell/ListTable.tsx';
import { NameButton } from '../shell/NameButton.tsx';
import { ShowMore } from '../shell/ShowMore.tsx';
import { membershipText } from '../teams/words.ts';

/** The teams of a person, those included that the person only is asked to be in. */
export function TeamsOf({
  slug,
  id,
  open,
}: {
  slug: string;
  id: string;
  open: (team: { id: string; name: string }) => void;
}) {
  const teams = useInfiniteQuery(teamsOfPersonQuery(slug, id));
  const { data, error, refetch } = teams;
  if (error !== null) return <Failure title="The teams cannot be shown" error={error} retry={refetch} />;
  if (data === undefined) return <Skeleton height={120} aria-label="Loading the teams" />;
  const items = data.pages.flatMap((page) => page.items);
  if (items.length === 0) return <Text size="sm">The person is in no team.</Text>;
  return (
    <Stack gap="sm">
      <ListTable
        label="Teams of the person"
        widthMin={320}
        rows={items}
        keyOf={(team) => team.id}
        columns={[
          {
            heading: 'Team',
            kind: 'name',
            widthMax: 280,
            show: (team) => <NameButton name={team.name} open={() => open(team)} />,
          },
          { heading: 'Is', show: membershipText },
        ]}
      />
      <ShowMore question={teams} />
    </Stack>
  );
}
