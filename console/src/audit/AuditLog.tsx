import { Anchor, Button, Group, ScrollArea, Select, Skeleton, Stack, Table, Text, Title } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { HistoryItem } from '../../../src/http/api/schemas/history.ts';
import { exportAudit } from '../api/client.ts';
import { auditQuery } from '../api/queries.ts';
import { Failure } from '../shell/Failure.tsx';
import { PageLink } from '../shell/PageLink.tsx';
import { NextCommand } from '../text/NextCommand.tsx';
import { TimeAgo } from '../text/TimeAgo.tsx';
import { type Thing, ThingDrawer, thingsOf } from './ThingDrawer.tsx';
import { UndoDialog } from './UndoDialog.tsx';

const kinds = [
  { label: 'Everything', value: '' },
  { label: 'People suspended or removed', value: 'member.suspended,member.removed' },
  { label: 'People created or reactivated', value: 'member.created,member.reactivated' },
  { label: 'Teams and who is in them', value: 'team.created,team.updated,team.removed,team.members_changed' },
  { label: 'Roles and licenses', value: 'member.given,member.role_changed,member.license_changed,team.mapped' },
  { label: 'Policy and connection', value: 'policy.changed,connection.state_changed,connection.profile_changed' },
];

const actors = [
  { label: 'Anybody', value: '' },
  { label: 'SCIM tokens', value: 'token' },
  { label: 'The operator', value: 'operator' },
  { label: 'API keys', value: 'key' },
  { label: 'People', value: 'member' },
];

/** Everything that happened, the newest first, with the ways to why and back. */
export function AuditLog({ slug }: { slug: string }) {
  const [kind, setKind] = useState('');
  const [actor, setActor] = useState('');
  const [thing, setThing] = useState<Thing>();
  const [undone, setUndone] = useState<HistoryItem>();
  const [exporting, setExporting] = useState<{ format?: string; error?: Error }>({});
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(
    auditQuery(slug, { kind, actor }),
  );
  const items = data?.pages.flatMap((page) => page.items);
  const save = async (format: 'jsonl' | 'csv') => {
    setExporting({ format });
    try {
      await exportAudit(slug, { kind, actor }, format);
      setExporting({});
    } catch (failure) {
      setExporting({ error: failure instanceof Error ? failure : new Error(String(failure)) });
    }
  };
  return (
    <Stack gap="xs" component="section" aria-labelledby="audit">
      <Group justify="space-between" align="flex-end">
        <Title order={2} size="h4" id="audit">
          Audit
        </Title>
        <Group gap="sm" align="flex-end">
          <Select
            size="xs"
            label="What"
            data={kinds}
            value={kind}
            allowDeselect={false}
            onChange={(value) => setKind(value ?? '')}
          />
          <Select
            size="xs"
            label="By"
            data={actors}
            value={actor}
            allowDeselect={false}
            onChange={(value) => setActor(value ?? '')}
          />
          {(['csv', 'jsonl'] as const).map((format) => (
            <Button
              key={format}
              size="xs"
              variant="default"
              loading={exporting.format === format}
              onClick={() => save(format)}
            >
              Export {format === 'csv' ? 'CSV' : 'JSON Lines'}
            </Button>
          ))}
        </Group>
      </Group>
      {exporting.error !== undefined && (
        <Failure title="The audit cannot be exported" error={exporting.error} retry={() => save('csv')} />
      )}
      {error !== null && <Failure title="The audit cannot be brought up to date" error={error} retry={refetch} />}
      {items === undefined && error === null && <Skeleton height={200} aria-label="Loading the audit" />}
      {items?.length === 0 && <NextCommand title="Nothing of that happened">Choose something else above.</NextCommand>}
      {items !== undefined && items.length > 0 && (
        <AuditTable slug={slug} items={items} open={setThing} undo={setUndone} />
      )}
      {hasNextPage && (
        <Group justify="center">
          <Button variant="default" size="xs" loading={isFetchingNextPage} onClick={() => fetchNextPage()}>
            Show older events
          </Button>
        </Group>
      )}
      <ThingDrawer slug={slug} thing={thing} close={() => setThing(undefined)} />
      {undone !== undefined && (
        <UndoDialog slug={slug} item={undone} close={() => setUndone(undefined)} applied={() => refetch()} />
      )}
    </Stack>
  );
}

interface AuditTableProps {
  slug: string;
  items: HistoryItem[];
  open: (thing: Thing) => void;
  undo: (item: HistoryItem) => void;
}

function AuditTable({ slug, items, open, undo }: AuditTableProps) {
  return (
    <ScrollArea type="auto" viewportProps={{ tabIndex: 0, role: 'region', 'aria-label': 'Audit' }}>
      <Table miw={900} verticalSpacing={6} aria-label="Audit">
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col" ta="right">
              Event
            </Table.Th>
            <Table.Th scope="col">When</Table.Th>
            <Table.Th scope="col">What</Table.Th>
            <Table.Th scope="col">About</Table.Th>
            <Table.Th scope="col">By</Table.Th>
            <Table.Th scope="col">
              <Text span size="sm" fw={700}>
                Undo
              </Text>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {items.map((item) => (
            <Table.Tr key={item.seq}>
              <Table.Td ta="right">{item.seq}</Table.Td>
              <Table.Td>
                <TimeAgo at={item.at} />
              </Table.Td>
              <Table.Th scope="row" fw={400} style={{ overflowWrap: 'anywhere' }}>
                {item.says}
              </Table.Th>
              <Table.Td>
                <Group gap="xs">
                  {thingsOf(item.data).map((thing) => (
                    <Anchor key={thing.path} component="button" type="button" size="sm" onClick={() => open(thing)}>
                      {thing.name}
                    </Anchor>
                  ))}
                </Group>
              </Table.Td>
              <Table.Td>
                {item.by}
                {item.address !== null && (
                  <Text size="xs" c="dimmed">
                    {item.address}
                  </Text>
                )}
                {item.requestId !== null && (
                  <PageLink size="xs" to="/organizations/$slug/requests/$id" params={{ slug, id: item.requestId }}>
                    request
                  </PageLink>
                )}
              </Table.Td>
              <Table.Td>
                <Button
                  size="compact-xs"
                  variant="default"
                  aria-label={`Undo event ${item.seq}`}
                  onClick={() => undo(item)}
                >
                  Undo…
                </Button>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollArea>
  );
}
