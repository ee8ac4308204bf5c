import { Drawer, List, Skeleton, Stack, Table, Tabs, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { Fact } from '../../../src/http/api/schemas/history.ts';
import { historyQuery, whyQuery } from '../api/queries.ts';
import { Failure } from '../shell/Failure.tsx';
import { TimeAgo } from '../text/TimeAgo.tsx';

/** A person or a team, by its path below the organization. */
export interface Thing {
  path: string;
  name: string;
}

/** The person and the team that an event is about. */
export function thingsOf(data: Record<string, unknown>): Thing[] {
  const { member, team } = data as {
    member?: { id: string; userName: string } | string;
    team?: { id: string; displayName: string };
  };
  return [
    ...(typeof member === 'object' ? [{ path: `members/${member.id}`, name: member.userName }] : []),
    ...(typeof member === 'string' ? [{ path: `members/${member}`, name: 'the person' }] : []),
    ...(team === undefined ? [] : [{ path: `teams/${team.id}`, name: team.displayName }]),
  ];
}

/** Why a person or a team is as it is, and how it came to be so. Without one it is closed. */
export function ThingDrawer({ slug, thing, close }: { slug: string; thing: Thing | undefined; close: () => void }) {
  return (
    <Drawer
      opened={thing !== undefined}
      onClose={close}
      position="right"
      size="xl"
      title={<Text fw={600}>{thing?.name}</Text>}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {thing !== undefined && (
        <Tabs defaultValue="why" keepMounted={false}>
          <Tabs.List>
            <Tabs.Tab value="why">Why</Tabs.Tab>
            <Tabs.Tab value="history">History</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="why" pt="md">
            <Why slug={slug} path={thing.path} />
          </Tabs.Panel>
          <Tabs.Panel value="history" pt="md">
            <History slug={slug} path={thing.path} />
          </Tabs.Panel>
        </Tabs>
      )}
    </Drawer>
  );
}

function Why({ slug, path }: { slug: string; path: string }) {
  const { data, error, refetch } = useQuery(whyQuery(slug, path));
  if (error !== null) return <Failure title="The reasons cannot be shown" error={error} retry={refetch} />;
  if (data === undefined) return <Skeleton height={200} aria-label="Loading the reasons" />;
  return (
    <Table verticalSpacing="xs" aria-label="Why">
      <Table.Tbody>
        {data.facts.map((fact) => (
          <Table.Tr key={`${fact.fact} ${fact.team?.id} ${fact.value}`}>
            <Table.Th scope="row" fw={600} style={{ verticalAlign: 'top' }}>
              {headingOf(fact)}
            </Table.Th>
            <Table.Td>
              <Text size="sm" fw={600}>
                {fact.value}
              </Text>
              <Text size="sm">{fact.because}</Text>
              <Text size="xs" c="dimmed">
                {fact.by ?? 'it is not known who'}
                {fact.at !== null && ' · '}
                {fact.at !== null && <TimeAgo at={fact.at} />}
                {fact.event !== null && ` · event ${fact.event}`}
              </Text>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

const headingOf = ({ fact, team }: Fact) => (team === null ? fact : `${fact} ${team.name}`);

function History({ slug, path }: { slug: string; path: string }) {
  const { data, error, refetch } = useQuery(historyQuery(slug, path));
  if (error !== null) return <Failure title="The history cannot be shown" error={error} retry={refetch} />;
  if (data === undefined) return <Skeleton height={200} aria-label="Loading the history" />;
  return (
    <Stack gap="sm">
      <List size="sm" spacing="xs" aria-label="History">
        {data.items.map((item) => (
          <List.Item key={item.seq}>
            {item.says}
            <Text size="xs" c="dimmed">
              {item.by} · <TimeAgo at={item.at} /> · event {item.seq}
            </Text>
          </List.Item>
        ))}
      </List>
      {data.nextCursor !== null && (
        <Text size="xs" c="dimmed">
          The newest {data.items.length} are shown; rollcall history shows the others.
        </Text>
      )}
    </Stack>
  );
}
