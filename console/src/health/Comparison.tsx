import { Alert, Badge, Button, Drawer, Group, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { ListedReconciliation } from '../../../src/http/api/schemas/reconciliation.ts';
import { reconcile } from '../api/health.ts';
import { reconciliationQuery, reconciliationsQuery } from '../api/queries.ts';
import { Failure } from '../shell/Failure.tsx';
import { ListTable } from '../shell/ListTable.tsx';
import { Section } from '../shell/Section.tsx';
import { ShowMore } from '../shell/ShowMore.tsx';
import { TimeAgo } from '../text/TimeAgo.tsx';
import { ComparisonProgress } from './ComparisonProgress.tsx';
import { ComparisonReport } from './ComparisonReport.tsx';
import { foundText, isLeft } from './comparison-words.ts';
import { RepairDialog } from './RepairDialog.tsx';

/** Whether all that is in force follows from what was asked: the last comparison, the way to another one, and those before it. */
export function Comparison({ slug }: { slug: string }) {
  const runs = useInfiniteQuery(reconciliationsQuery(slug));
  const [failure, setFailure] = useState<Error>();
  const [isAsking, setIsAsking] = useState(false);
  const [isRepairing, setIsRepairing] = useState(false);
  const [opened, setOpened] = useState<string>();
  const client = useQueryClient();
  const refresh = () => client.invalidateQueries({ queryKey: ['reconciliations', slug] });
  const items = runs.data?.pages.flatMap((page) => page.items) ?? [];
  const isRunning = items[0]?.state === 'running';
  const last = items.find(({ report }) => report !== null);
  const compare = async () => {
    setFailure(undefined);
    setIsAsking(true);
    try {
      await reconcile(slug, { repair: false, begun: refresh });
    } catch (error) {
      setFailure(error instanceof Error ? error : new Error(String(error)));
    } finally {
      await refresh();
      setIsAsking(false);
    }
  };
  return (
    <Section
      title="Asked and in force compared"
      says="For the whole organization, each night and whenever you ask. What does not follow from what was asked is repaired by itself where it is about a few people; more is left to you."
      action={
        <Group gap="xs">
          {last?.report != null && isLeft(last.report) && (
            <Button size="xs" disabled={isAsking || isRunning} onClick={() => setIsRepairing(true)}>
              Repair…
            </Button>
          )}
          <Button size="xs" variant="default" loading={isAsking || isRunning} onClick={compare}>
            Compare now
          </Button>
        </Group>
      }
    >
      <Stack gap="md">
        {runs.error !== null && (
          <Failure title="The comparisons cannot be shown" error={runs.error} retry={() => runs.refetch()} />
        )}
        {failure !== undefined && <Failure title="It was not compared" error={failure} retry={compare} />}
        {runs.data === undefined && runs.error === null && (
          <Skeleton height={90} aria-label="Loading the comparisons" />
        )}
        {isRunning && <ComparisonProgress slug={slug} />}
        {items.length === 0 && runs.data !== undefined && (
          <Text size="sm">
            It was not compared yet. The first comparison is made this night, or now if you ask for it.
          </Text>
        )}
        {last !== undefined && <Report key={last.id} slug={slug} id={last.id} />}
        {items.length > 0 && (
          <Stack gap="xs">
            <Title order={3} size="h6">
              Comparisons so far
            </Title>
            <ListTable
              label="Comparisons"
              widthMin={640}
              isScrolled
              rows={items}
              keyOf={({ id }) => id}
              columns={[
                { heading: 'Compared', kind: 'name', show: ({ at }) => <TimeAgo at={at} /> },
                { heading: 'By', show: ({ by }) => by },
                { heading: 'To', show: ({ repair }) => (repair ? 'repair' : 'look') },
                { heading: 'Found', show: (run) => <Found run={run} /> },
                {
                  heading: 'Report',
                  kind: 'actions',
                  show: ({ id, at, report }) =>
                    report !== null && (
                      <Button
                        size="compact-xs"
                        variant="default"
                        aria-label={`The report of ${new Date(at).toLocaleString()}`}
                        onClick={() => setOpened(id)}
                      >
                        Report
                      </Button>
                    ),
                },
              ]}
            />
          </Stack>
        )}
        <ShowMore says="Show older comparisons" question={runs} />
      </Stack>
      <Drawer
        opened={opened !== undefined}
        onClose={() => setOpened(undefined)}
        position="right"
        size="xl"
        title={<Text fw={600}>Report of a comparison</Text>}
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        {opened !== undefined && <Report slug={slug} id={opened} />}
      </Drawer>
      {isRepairing && <RepairDialog slug={slug} repaired={refresh} close={() => setIsRepairing(false)} />}
    </Section>
  );
}

function Report({ slug, id }: { slug: string; id: string }) {
  const { data, error, refetch } = useQuery(reconciliationQuery(slug, id));
  if (error !== null) return <Failure title="The report cannot be shown" error={error} retry={refetch} />;
  if (data === undefined) return <Skeleton height={90} aria-label="Loading the report" />;
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed">
        Compared <TimeAgo at={data.at} /> by {data.by}.
      </Text>
      {data.problem !== null && (
        <Alert color="orange" variant="light">
          {data.problem}
        </Alert>
      )}
      {data.report !== null && <ComparisonReport slug={slug} report={data.report} />}
    </Stack>
  );
}

function Found({ run: { state, problem, report } }: { run: ListedReconciliation }) {
  if (state === 'running')
    return (
      <Badge variant="light" tt="none">
        runs
      </Badge>
    );
  if (state === 'interrupted') return 'it ended with the server';
  return (
    <>
      {report !== null && foundText(report)}
      {problem !== null && (
        <Text size="xs" c="dimmed">
          {problem}
        </Text>
      )}
    </>
  );
}
