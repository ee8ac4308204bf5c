import { Button } from '@mantine/core';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Removed as RemovedThing } from '../../../src/http/api/schemas/removed.ts';
import { removedQuery } from '../api/queries.ts';
import { Failure } from '../shell/Failure.tsx';
import { ListTable } from '../shell/ListTable.tsx';
import { Section } from '../shell/Section.tsx';
import { ShowMore } from '../shell/ShowMore.tsx';
import { SubjectName } from '../text/SubjectName.tsx';
import { TimeAgo } from '../text/TimeAgo.tsx';
import { UndoDialog } from './UndoDialog.tsx';

/** The people and teams that were removed and are remembered, with the way back for each. */
export function Removed({ slug }: { slug: string }) {
  const removed = useInfiniteQuery(removedQuery(slug));
  const [returning, setReturning] = useState<RemovedThing>();
  const client = useQueryClient();
  const items = removed.data?.pages.flatMap((page) => page.items) ?? [];
  const refresh = () =>
    Promise.all(['removed', 'audit', 'organizations'].map((key) => client.invalidateQueries({ queryKey: [key] })));
  if (removed.data === undefined && removed.error === null) return null;
  return (
    <Section
      title="Removed"
      says={
        items.length === 0
          ? 'Nobody and no team was removed lately.'
          : 'People and teams that were removed are remembered for some time, and come back as they were, under another id.'
      }
    >
      {removed.error !== null && (
        <Failure title="Who was removed cannot be shown" error={removed.error} retry={() => removed.refetch()} />
      )}
      {items.length > 0 && (
        <ListTable
          label="Removed"
          widthMin={760}
          isScrolled
          rows={items}
          keyOf={({ id }) => id}
          columns={[
            { heading: 'Person or team', kind: 'name', show: (each) => <SubjectName {...each} /> },
            { heading: 'Removed', show: ({ removedAt }) => <TimeAgo at={removedAt} /> },
            { heading: 'By', show: ({ by }) => by ?? 'it is not known who' },
            {
              heading: 'Remembered until',
              show: ({ rememberedUntil }) => new Date(rememberedUntil).toLocaleDateString(),
            },
            {
              heading: 'Bring back',
              kind: 'actions',
              show: (each) => (
                <Button
                  size="compact-xs"
                  variant="default"
                  aria-label={`Bring ${each.name} back`}
                  onClick={() => setReturning(each)}
                >
                  Bring back…
                </Button>
              ),
            },
          ]}
        />
      )}
      <ShowMore question={removed} />
      {returning !== undefined && (
        <UndoDialog
          slug={slug}
          title={`Bring ${returning.name} back`}
          says={`What happened to the ${returning.kind === 'team' ? 'team' : 'person'} since the removal is undone.`}
          undone={
            returning.kind === 'team'
              ? { team: returning.id, since: returning.removedAt }
              : { member: returning.id, since: returning.removedAt }
          }
          close={() => setReturning(undefined)}
          applied={refresh}
        />
      )}
    </Section>
  );
}
