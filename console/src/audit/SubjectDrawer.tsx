import { Drawer, Group, List, Skeleton, Stack, Table, Tabs, Text } from '@mantine/core';
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Fact } from '../../../src/http/api/schemas/history.ts';
import { historyQuery, personQuery, refreshOrganization, whyQuery } from '../api/queries.ts';
import { type SubjectKind, subjectPath } from '../api/subjects.ts';
import { Person } from '../people/Person.tsx';
import { TeamsOf } from '../people/TeamsOf.tsx';
import { JsonBody } from '../requests/JsonBody.tsx';
import { Failure } from '../shell/Failure.tsx';
import { ShowMore } from '../shell/ShowMore.tsx';
import { PeopleOf } from '../teams/PeopleOf.tsx';
import { Team } from '../teams/Team.tsx';
import { TimeAgo } from '../text/TimeAgo.tsx';
import type { Ask } from './SubjectActions.tsx';
import { UndoButton } from './UndoButton.tsx';
import { UndoDialog } from './UndoDialog.tsx';

/** A person or a team. Whoever opens it by its address alone does not know its name. */
export interface Subject {
  kind: SubjectKind;
  id: string;
  name?: string;
}

/** The person and the team that an event is about. */
export function subjectsOf(data: Record<string, unknown>): (Subject & { name: string })[] {
  const {
    member,
    userName = 'the person',
    team,
  } = data as {
    member?: { id: string; userName: string } | string;
    userName?: string;
    team?: { id: string; displayName: string };
  };
  return [
    ...(typeof member === 'object' ? [{ kind: 'member' as const, id: member.id, name: member.userName }] : []),
    ...(typeof member === 'string' ? [{ kind: 'member' as const, id: member, name: userName }] : []),
    ...(team === undefined ? [] : [{ kind: 'team' as const, id: team.id, name: team.displayName }]),
  ];
}

interface SubjectDrawerProps {
  slug: string;
  /** Without one it is closed. */
  subject: Subject | undefined;
  /** What is seen first: what it is and what can be done, or why it is so. */
  first: 'itself' | 'why';
  /** Opens another one in its place. */
  open: (subject: Subject) => void;
  close: () => void;
}

/** A person or a team: what it is and what can be done, why it is so, and how it came to be so. */
export function SubjectDrawer({ slug, subject, first, open, close }: SubjectDrawerProps) {
  const [dialog, setDialog] = useState<Parameters<Ask>[0]>();
  const client = useQueryClient();
  const ask: Ask = (asked) => setDialog(() => asked);
  return (
    <>
      <Drawer
        opened={subject !== undefined}
        onClose={close}
        // Escape closes what lies on top, and that is the dialog.
        closeOnEscape={dialog === undefined}
        position="right"
        size="xl"
        styles={{ title: { minWidth: 0, overflowWrap: 'anywhere' } }}
        title={<Text fw={600}>{subject !== undefined && <Name slug={slug} subject={subject} />}</Text>}
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        {subject !== undefined && <SubjectTabs key={subject.id} {...{ slug, subject, first, open, ask }} />}
      </Drawer>
      {dialog?.({ saved: () => refreshOrganization(client, slug), close: () => setDialog(undefined) })}
    </>
  );
}

function Name({ slug, subject: { kind, id, name } }: { slug: string; subject: Subject }) {
  const { data } = useQuery({ ...whyQuery(slug, subjectPath(kind, id)), enabled: name === undefined });
  return name ?? data?.of.name ?? (kind === 'member' ? 'Person' : 'Team');
}

type SubjectTabsProps = Omit<SubjectDrawerProps, 'subject' | 'close'> & { subject: Subject; ask: Ask };

function SubjectTabs({ slug, subject: { kind, id }, first, open, ask }: SubjectTabsProps) {
  const path = subjectPath(kind, id);
  const why = { value: 'why', text: 'Why', show: () => <Why slug={slug} path={path} /> };
  const history = { value: 'history', text: 'History', show: () => <History {...{ slug, path, ask }} /> };
  const tabs =
    kind === 'member'
      ? [
          { value: 'itself', text: 'Person', show: () => <Person {...{ slug, id, ask }} /> },
          why,
          {
            value: 'others',
            text: 'Teams',
            show: () => <TeamsOf {...{ slug, id }} open={(team) => open({ kind: 'team', ...team })} />,
          },
          history,
          { value: 'asked', text: 'Asked', show: () => <Asked {...{ slug, id }} /> },
        ]
      : [
          { value: 'itself', text: 'Team', show: () => <Team {...{ slug, id, ask }} /> },
          why,
          {
            value: 'others',
            text: 'People',
            show: () => <PeopleOf {...{ slug, id }} open={(person) => open({ kind: 'member', ...person })} />,
          },
          history,
        ];
  return (
    <Tabs defaultValue={first} keepMounted={false}>
      <Tabs.List>
        {tabs.map(({ value, text }) => (
          <Tabs.Tab key={value} value={value}>
            {text}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {tabs.map(({ value, show }) => (
        <Tabs.Panel key={value} value={value} pt="md">
          {show()}
        </Tabs.Panel>
      ))}
    </Tabs>
  );
}

function Why({ slug, path }: { slug: string; path: string }) {
  const { data, error, refetch } = useQuery(whyQuery(slug, path));
  if (error !== null) return <Failure title="The reasons cannot be shown" error={error} retry={refetch} />;
  if (data === undefined) return <Skeleton height={200} aria-label="Loading the reasons" />;
  return (
    <Table verticalSpacing="xs" layout="fixed" aria-label="Why">
      <Table.Tbody>
        {data.facts.map((fact) => (
          <Table.Tr key={`${fact.fact} ${fact.team?.id} ${fact.value}`}>
            <Table.Th scope="row" w="30%" fw={600} style={{ verticalAlign: 'top', overflowWrap: 'anywhere' }}>
              {headingOf(fact)}
            </Table.Th>
            <Table.Td style={{ overflowWrap: 'anywhere' }}>
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

function History({ slug, path, ask }: { slug: string; path: string; ask: Ask }) {
  const history = useInfiniteQuery(historyQuery(slug, path));
  const { data, error, refetch } = history;
  if (error !== null) return <Failure title="The history cannot be shown" error={error} retry={refetch} />;
  if (data === undefined) return <Skeleton height={200} aria-label="Loading the history" />;
  return (
    <Stack gap="sm">
      <List size="sm" spacing="xs" aria-label="History" listStyleType="none">
        {data.pages
          .flatMap((page) => page.items)
          .map((item) => (
            <List.Item key={item.seq} styles={{ itemWrapper: { width: '100%' }, itemLabel: { width: '100%' } }}>
              <Group justify="space-between" wrap="nowrap" align="flex-start">
                <div style={{ overflowWrap: 'anywhere' }}>
                  {item.says}
                  <Text size="xs" c="dimmed">
                    {item.by} · <TimeAgo at={item.at} /> · event {item.seq}
                  </Text>
                </div>
                <UndoButton
                  item={item}
                  undo={({ seq, says }) =>
                    ask(({ close, saved }) => (
                      <UndoDialog
                        slug={slug}
                        title={`Undo event ${seq}`}
                        says={says}
                        undone={{ event: seq }}
                        close={close}
                        applied={saved}
                      />
                    ))
                  }
                />
              </Group>
            </List.Item>
          ))}
      </List>
      <ShowMore says="Show older events" question={history} />
    </Stack>
  );
}

function Asked({ slug, id }: { slug: string; id: string }) {
  const { data, error, refetch } = useQuery(personQuery(slug, id));
  if (error !== null) return <Failure title="What was asked cannot be shown" error={error} retry={refetch} />;
  if (data === undefined) return <Skeleton height={200} aria-label="Loading what was asked" />;
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed">
        {data.person.origin === 'local'
          ? 'What an admin wrote of the person, as the provider reads it.'
          : 'What the provider wrote of the person, exactly as it wrote it.'}
      </Text>
      <JsonBody body={data.person.asked} label="Asked" />
    </Stack>
  );
}
