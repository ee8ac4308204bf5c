import { Code, Group, Skeleton, Stack, Text, Title } from '@mantine/core';
import type { FeedEvent } from '../api/events.ts';
import { Failure } from '../shell/Failure.tsx';
import { ListTable } from '../shell/ListTable.tsx';
import { NextCommand } from '../text/NextCommand.tsx';
import { TimeAgo } from '../text/TimeAgo.tsx';
import { useEventFeed } from './use-event-feed.ts';

/** The event feed of an organization, the newest first, live. */
export function EventFeed({ slug, lastEvent }: { slug: string; lastEvent: number }) {
  const { events, error, isLoaded } = useEventFeed(slug, lastEvent);
  return (
    <Stack gap="xs" component="section" aria-labelledby="events">
      <Group justify="space-between">
        <Title order={2} size="h4" id="events">
          Events
        </Title>
        <Text size="xs" c="dimmed" role="status">
          New events appear by themselves
        </Text>
      </Group>
      {error !== null && (
        <Failure title="The feed cannot be followed" error={error} retry={() => window.location.reload()} />
      )}
      {!isLoaded && error === null && <Skeleton height={200} aria-label="Loading the events" />}
      {isLoaded && events.length === 0 && (
        <NextCommand title="No events yet">Whatever changes in this organization appears here.</NextCommand>
      )}
      {events.length > 0 && <EventTable events={events} />}
    </Stack>
  );
}

function EventTable({ events }: { events: FeedEvent[] }) {
  return (
    <ListTable
      label="Events"
      widthMin={860}
      rows={events}
      keyOf={({ seq }) => seq}
      columns={[
        { heading: 'Number', kind: 'number', show: ({ seq }) => seq },
        { heading: 'When', show: ({ at }) => <TimeAgo at={at} /> },
        { heading: 'What', kind: 'name', show: ({ kind }) => kind },
        { heading: 'By', show: ({ actor }) => actorText(actor) },
        { heading: 'Details', widthMax: 520, show: ({ data }) => <Code>{JSON.stringify(data)}</Code> },
      ]}
    />
  );
}

/** Who did it, in words. */
function actorText(actor: Record<string, unknown>): string {
  const name = String(actor.name ?? actor.userName ?? '');
  switch (actor.type) {
    case 'token':
      return `token ${name}`;
    case 'key':
      return `API key ${name}`;
    case 'member':
      return name;
    case 'link':
      return `${name}, by a link`;
    default:
      return String(actor.type);
  }
}
