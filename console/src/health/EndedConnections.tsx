import { Button, Modal, Skeleton } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { ListedConnection } from '../../../src/http/api/schemas/connection.ts';
import { connectionsQuery, endedHealthQuery } from '../api/queries.ts';
import { choiceWords } from '../provisioning/words.ts';
import { Failure } from '../shell/Failure.tsx';
import { ListTable } from '../shell/ListTable.tsx';
import { RowActions } from '../shell/RowActions.tsx';
import { Section } from '../shell/Section.tsx';
import { ShowMore } from '../shell/ShowMore.tsx';
import { TimeAgo } from '../text/TimeAgo.tsx';
import { Calls } from './ConnectionHealth.tsx';

/** The connections that were disconnected, and how each did until then; nothing where there is none. */
export function EndedConnections({ slug }: { slug: string }) {
  const question = useInfiniteQuery(connectionsQuery(slug));
  const [shown, setShown] = useState<string>();
  if (question.error !== null) {
    return <Failure title="The ended connections cannot be shown" error={question.error} retry={question.refetch} />;
  }
  const ended = question.data?.pages.flatMap(({ items }) => items.flatMap(asEnded)) ?? [];
  if (ended.length === 0) return null;
  return (
    <Section
      title="Ended connections"
      says="They were disconnected for good; what was counted before is kept for two weeks."
    >
      <ListTable
        label="Ended connections"
        widthMin={560}
        rows={ended}
        keyOf={({ id }) => id}
        columns={[
          { heading: 'Ended', kind: 'name', show: ({ endedAt }) => <TimeAgo at={endedAt} /> },
          { heading: 'Made', show: ({ createdAt }) => <TimeAgo at={createdAt} /> },
          { heading: 'SCIM profile', show: ({ scimProfile }) => scimProfile },
          { heading: 'People and teams', show: ({ choice }) => (choice === null ? '—' : choiceWords[choice].name) },
          {
            heading: 'Actions',
            kind: 'actions',
            show: ({ id }) => (
              <RowActions>
                <Button size="compact-xs" variant="default" onClick={() => setShown(id)}>
                  How it did
                </Button>
              </RowActions>
            ),
          },
        ]}
        isScrolled
      />
      <ShowMore question={question} />
      {shown !== undefined && (
        <Modal opened onClose={() => setShown(undefined)} title="How the connection did" size="lg">
          <EndedHealth slug={slug} id={shown} />
        </Modal>
      )}
    </Section>
  );
}

const asEnded = ({ endedAt, ...connection }: ListedConnection) =>
  endedAt === null ? [] : [{ ...connection, endedAt }];

function EndedHealth({ slug, id }: { slug: string; id: string }) {
  const { data, error, refetch } = useQuery(endedHealthQuery(slug, id));
  if (error !== null)
    return <Failure title="The health of the connection cannot be shown" error={error} retry={refetch} />;
  return data === undefined ? (
    <Skeleton height={160} aria-label="Loading the health of the connection" />
  ) : (
    <Calls health={data} />
  );
}
