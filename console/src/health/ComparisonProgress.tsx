import { Progress, Stack, Text } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { reconciliationsQuery } from '../api/queries.ts';

/** How far the comparison is that runs; nothing while none does. */
export function ComparisonProgress({ slug }: { slug: string }) {
  const [newest] = useInfiniteQuery(reconciliationsQuery(slug)).data?.pages[0]?.items ?? [];
  if (newest?.state !== 'running') return null;
  const { compared, of, repaired, toRepair } = newest.progress;
  const [says, done, all] =
    toRepair === 0 ? ['Comparing: person', compared, of] : ['Repairing: person', repaired, toRepair];
  return (
    <Stack gap={4} role="status">
      <Text size="sm">
        {says} {done.toLocaleString('en')} of {all.toLocaleString('en')}
      </Text>
      <Progress value={all === 0 ? 100 : (100 * done) / all} aria-label="How far it is" />
    </Stack>
  );
}
