import { Button, Group, Table, Text } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import type { ForecastItem } from '../../../src/http/api/schemas/connection.ts';
import { forecastQuery } from '../api/queries.ts';
import { Failure } from '../shell/Failure.tsx';
import { Section } from '../shell/Section.tsx';

/** The people and teams of the organization's own, with what becomes of each when the provider comes upon it. */
export function Forecast({ slug }: { slug: string }) {
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(
    forecastQuery(slug),
  );
  const items = data?.pages.flatMap((page) => page.items) ?? [];
  if (error !== null) return <Failure title="The forecast cannot be shown" error={error} retry={refetch} />;
  if (items.length === 0) return null;
  return (
    <Section
      title="Here already"
      says="These people and teams are the organization’s own, and stay as they are until the provider asks for a person of the userName or pushes a group of the name."
    >
      <Table miw={640} verticalSpacing="xs" aria-label="Here already">
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Person or team</Table.Th>
            <Table.Th scope="col">Then the provider</Table.Th>
            <Table.Th scope="col">Because</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {items.map(({ kind, id, name, outcome, because }) => (
            <Table.Tr key={id}>
              <Table.Th scope="row" fw={400}>
                {name}
                {kind === 'team' && (
                  <Text size="xs" c="dimmed">
                    team
                  </Text>
                )}
              </Table.Th>
              <Table.Td>{outcomes[outcome]}</Table.Td>
              <Table.Td>{because}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {hasNextPage && (
        <Group mt="xs">
          <Button size="compact-sm" variant="default" loading={isFetchingNextPage} onClick={() => fetchNextPage()}>
            Show more
          </Button>
        </Group>
      )}
    </Section>
  );
}

const outcomes: Record<ForecastItem['outcome'], string> = {
  links: 'takes over',
  asks: 'waits for your word',
  refuses: 'is refused',
};
