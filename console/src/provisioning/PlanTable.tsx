import { Button, Group, List, Stack, Text } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import type { Plan } from '../../../src/http/api/schemas/plan.ts';
import { Failure } from '../shell/Failure.tsx';
import { PlannedItems } from './PlannedItems.tsx';
import { countText } from './words.ts';

interface PlanTableProps {
  /** What the list of the items is called. */
  label?: string;
  plan: Plan;
  /** Names the plan among those that are shown. */
  planKey: readonly string[];
  /** The page behind a cursor. */
  more: (cursor: string) => Promise<Plan>;
  /** What an empty plan means. */
  ifEmpty: string;
}

/** What would be put in force: how many things of each kind, then each of them with its reason, in pages. */
export function PlanTable({ label = 'What would be put in force', plan, planKey, more, ifEmpty }: PlanTableProps) {
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: ['held-plan', ...planKey, plan.version],
    queryFn: ({ pageParam }) => (pageParam === null ? plan : more(pageParam)),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
    initialData: { pages: [plan], pageParams: [null] },
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  const items = data.pages.flatMap((page) => page.items);
  const counts = Object.entries(plan.counts);
  const total = counts.reduce((sum, [, count]) => sum + count, 0);
  if (total === 0) return <Text size="sm">{ifEmpty}</Text>;
  return (
    <Stack gap="sm">
      <List size="sm" aria-label="What changes">
        {counts.map(([kind, count]) => (
          <List.Item key={kind}>{countText(kind, count)}</List.Item>
        ))}
      </List>
      {plan.showsItems ? (
        <>
          <PlannedItems label={label} items={items} />
          {error !== null && <Failure title="There is no more to see" error={error} retry={fetchNextPage} />}
          <Group justify="space-between">
            <Text size="xs" c="dimmed" aria-live="polite">
              {items.length.toLocaleString('en')} of {total.toLocaleString('en')}
            </Text>
            {hasNextPage && (
              <Button size="compact-sm" variant="default" loading={isFetchingNextPage} onClick={() => fetchNextPage()}>
                Show more
              </Button>
            )}
          </Group>
        </>
      ) : (
        <Text size="sm">Whom it is about is shown to those who may read members (members:read).</Text>
      )}
    </Stack>
  );
}
