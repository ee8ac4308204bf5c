import { Alert, Drawer, Group, List, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { RequestDetail } from '../../../src/http/api/schemas/request.ts';
import { requestQuery } from '../api/queries.ts';
import { FactTable } from '../shell/FactTable.tsx';
import { Failure } from '../shell/Failure.tsx';
import { PageLink } from '../shell/PageLink.tsx';
import { CopyText } from '../text/CopyText.tsx';
import { capitalized } from '../text/capitalized.ts';
import { durationText } from '../text/duration.ts';
import { JsonBody } from './JsonBody.tsx';
import { StatusBadge } from './StatusBadge.tsx';
import { ToleranceList } from './Tolerances.tsx';

/**
 * One request with its bodies, over the list that it was opened from. Escape and the button close it, and the focus
 * returns to the link that opened it. Without an id it is closed.
 */
export function RequestDrawer({ slug, id, close }: { slug: string; id: string | undefined; close: () => void }) {
  return (
    <Drawer
      opened={id !== undefined}
      onClose={close}
      position="right"
      size="xl"
      title={<Text fw={600}>Request</Text>}
      closeButtonProps={{ 'aria-label': 'Close the request' }}
    >
      {id !== undefined && <LoadedRequest slug={slug} id={id} />}
    </Drawer>
  );
}

function LoadedRequest({ slug, id }: { slug: string; id: string }) {
  const { data, error, refetch } = useQuery(requestQuery(slug, id));
  if (error !== null) return <Failure title="The request cannot be shown" error={error} retry={refetch} />;
  if (data === undefined) return <Skeleton height={320} aria-label="Loading the request" />;
  return <Details slug={slug} request={data} />;
}

function Details({ slug, request }: { slug: string; request: RequestDetail }) {
  return (
    <Stack gap="md">
      <Text ff="monospace" size="sm" style={{ overflowWrap: 'anywhere' }}>
        <b>{request.method}</b> {request.path}
      </Text>
      <Group gap="xs">
        <StatusBadge status={request.status} />
        <Text size="sm">
          {new Date(request.at).toLocaleString()} · {durationText(request.durationMs)}
        </Text>
      </Group>
      {request.detail !== null && request.status < 400 && <Text size="sm">{capitalized(request.detail)}</Text>}
      {request.detail !== null && request.status >= 400 && (
        <Alert
          color={request.status >= 500 ? 'red' : 'orange'}
          variant="light"
          title="What the identity provider was told"
        >
          {request.detail}
        </Alert>
      )}
      <Section title="What it changed">
        {request.changes.length === 0 ? (
          <Text size="sm" c="dimmed">
            Nothing
          </Text>
        ) : (
          <List size="sm" spacing={2}>
            {request.changes.map((change) => (
              <List.Item key={change}>{capitalized(change)}</List.Item>
            ))}
          </List>
        )}
      </Section>
      {request.tolerances.length > 0 && (
        <Section title="Tolerances">
          <ToleranceList tolerances={request.tolerances} />
        </Section>
      )}
      <Section title="From">
        <Sender slug={slug} request={request} />
      </Section>
      <Section title="Request body">
        <JsonBody body={request.requestBody} label="Request body" />
      </Section>
      <Section title="Response body">
        <JsonBody body={request.responseBody} label="Response body" />
      </Section>
    </Stack>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section>
      <Title order={3} size="h6" mb={4}>
        {title}
      </Title>
      {children}
    </section>
  );
}

function Sender({ slug, request }: { slug: string; request: RequestDetail }) {
  const facts: [string, ReactNode][] = [
    ['Token', request.tokenName ?? '—'],
    ['Address', request.address ?? '—'],
    ['Client', request.client ?? '—'],
    ['Reference', <CopyText key="reference" text={request.id} what="reference" />],
  ];
  if (request.bulk !== null) {
    const { id, index } = request.bulk;
    const link = (
      <PageLink key="bulk" to="/organizations/$slug/requests/$id" params={{ slug, id }} search resetScroll={false}>
        Operation {index + 1} of a bulk
      </PageLink>
    );
    facts.push(['Part of', link]);
  }
  return <FactTable facts={facts} />;
}
