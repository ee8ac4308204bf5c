import { Code, Group, ScrollArea, Skeleton, Stack, Table, Text, Title } from '@mantine/core';
import type { FeedEvent } from '../api/client.ts';
import { Failure } from '../shell/Failure.tsx';
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
    <ScrollArea type="auto" viewportProps={{ tabIndex: 0, role: 'region', 'aria-label': 'Events' }}>
      <Table miw={860} verticalSpacing="xs" aria-label="Events">
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col" ta="right">
              Number
            </Table.Th>
            <Table.Th scope="col">When</Table.Th>
            <Table.Th scope="col">What</Table.Th>
            <Table.Th scope="col">By</Table.Th>
            <Table.Th scope="col">Details</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {events.map((event) => (
            <Table.Tr key={event.seq}>
              <Table.Td ta="right">{event.seq}</Table.Td>
              <Table.Td>
                <TimeAgo at={event.at} />
              </Table.Td>
              <Table.Th scope="row" fw={600}>
                {event.kind}
              </Table.Th>
              <Table.Td>{actorText(event.actor)}</Table.Td>
              <Table.Td maw={520}>
                <Code style={{ overflowWrap: 'anywhere' }}>{JSON.stringify(event.data)}</Code>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollArea>
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
