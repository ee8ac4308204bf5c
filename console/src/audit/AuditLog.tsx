import { Button, Group, Select, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { HistoryItem } from '../../../src/http/api/schemas/history.ts';
import { exportAudit } from '../api/audit.ts';
import { auditQuery } from '../api/queries.ts';
import { Failure } from '../shell/Failure.tsx';
import { ListTable } from '../shell/ListTable.tsx';
import { NameButton } from '../shell/NameButton.tsx';
import { PageLink } from '../shell/PageLink.tsx';
import { ShowMore } from '../shell/ShowMore.tsx';
import { NextCommand } from '../text/NextCommand.tsx';
import { TimeAgo } from '../text/TimeAgo.tsx';
import { type Subject, SubjectDrawer, subjectsOf } from './SubjectDrawer.tsx';
import { UndoButton, type UndoneEvent } from './UndoButton.tsx';
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
  const [subject, setSubject] = useState<Subject>();
  const [undone, setUndone] = useState<UndoneEvent>();
  const [exporting, setExporting] = useState<{ format?: string; error?: Error }>({});
  const audit = useInfiniteQuery(auditQuery(slug, { kind, actor }));
  const { data, error, refetch } = audit;
  const client = useQueryClient();
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
        <AuditTable slug={slug} items={items} open={setSubject} undo={setUndone} />
      )}
      <ShowMore says="Show older events" question={audit} />
      <SubjectDrawer slug={slug} first="why" subject={subject} open={setSubject} close={() => setSubject(undefined)} />
      {undone !== undefined && (
        <UndoDialog
          slug={slug}
          title={`Undo event ${undone.seq}`}
          says={undone.says}
          undone={{ event: undone.seq }}
          close={() => setUndone(undefined)}
          applied={() =>
            client.invalidateQueries({ predicate: ({ queryKey: [key] }) => key === 'audit' || key === 'removed' })
          }
        />
      )}
    </Stack>
  );
}

interface AuditTableProps {
  slug: string;
  items: HistoryItem[];
  open: (subject: Subject) => void;
  undo: (event: UndoneEvent) => void;
}

function AuditTable({ slug, items, open, undo }: AuditTableProps) {
  return (
    <ListTable
      label="Audit"
      widthMin={900}
      rows={items}
      keyOf={({ seq }) => seq}
      columns={[
        { heading: 'Event', kind: 'number', show: ({ seq }) => seq },
        { heading: 'When', show: ({ at }) => <TimeAgo at={at} /> },
        {
          heading: 'What',
          kind: 'name',
          widthMax: 420,
          show: ({ says }) => (
            <Text fz="sm" fw={400}>
              {says}
            </Text>
          ),
        },
        {
          heading: 'About',
          show: ({ data }) => (
            <Group gap="xs">
              {subjectsOf(data).map((subject) => (
                <NameButton key={subject.id} name={subject.name} open={() => open(subject)} />
              ))}
            </Group>
          ),
        },
        {
          heading: 'By',
          show: ({ by, address, requestId }) => (
            <>
              {by}
              {address !== null && (
                <Text size="xs" c="dimmed">
                  {address}
                </Text>
              )}
              {requestId !== null && (
                <PageLink size="xs" to="/organizations/$slug/requests/$id" params={{ slug, id: requestId }}>
                  request
                </PageLink>
              )}
            </>
          ),
        },
        {
          heading: 'Undo',
          kind: 'actions',
          show: (item) => <UndoButton item={item} undo={undo} />,
        },
      ]}
    />
  );
}
