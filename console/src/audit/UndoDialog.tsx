import { List, Table, Text } from '@mantine/core';
import type { HistoryItem } from '../../../src/http/api/schemas/history.ts';
import type { UndoPlan } from '../../../src/http/api/schemas/undo.ts';
import { applyUndo, planUndo } from '../api/client.ts';
import { PlannedChange } from '../shell/PlannedChange.tsx';

interface UndoDialogProps {
  slug: string;
  /** The event to undo. */
  item: HistoryItem;
  close: () => void;
  applied: () => Promise<unknown>;
}

/** Shows what undoing an event would put back, and does that. It is mounted while it is open. */
export function UndoDialog({ slug, item, close, applied }: UndoDialogProps) {
  const undone = { event: item.seq };
  return (
    <PlannedChange
      title={`Undo event ${item.seq}`}
      noun="The undo"
      says={
        <Text size="sm">
          {item.by} {item.says}
        </Text>
      }
      planKey={['undo-plan', slug, item.seq]}
      plan={() => planUndo(slug, undone)}
      show={(plan) => <ShownPlan plan={plan} />}
      isReady={({ items }) => items.length > 0}
      submits="Put it back"
      submit={async ({ digest }) => {
        const { refused } = await applyUndo(slug, undone, digest);
        await applied();
        return refused.length === 0 ? undefined : refused.map(({ because }) => because).join(' ');
      }}
      looksAgain
      close={close}
    />
  );
}

function ShownPlan({ plan: { items, kept, impossible } }: { plan: UndoPlan }) {
  const about = ({ member, team }: UndoPlan['items'][number] | UndoPlan['kept'][number]) =>
    [member?.name, team?.name].filter(Boolean).join(' in ');
  return (
    <>
      {items.length === 0 ? (
        <Text size="sm">Nothing would be put back.</Text>
      ) : (
        <Table aria-label="What is put back">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Of</Table.Th>
              <Table.Th>What</Table.Th>
              <Table.Th>Now</Table.Th>
              <Table.Th>Then</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {items.map((item) => (
              <Table.Tr key={`${item.fact} ${item.member?.id} ${item.team?.id}`}>
                <Table.Td>{about(item)}</Table.Td>
                <Table.Td>{item.fact}</Table.Td>
                <Table.Td>{item.from ?? 'none'}</Table.Td>
                <Table.Td>{item.to ?? 'none'}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
      {items.length > 0 && (
        <Text size="xs" c="dimmed">
          The provider goes on reading what it asked, and its next request about a person or team wins over this.
        </Text>
      )}
      {kept.length + impossible.length > 0 && (
        <List size="sm" aria-label="What stays">
          {kept.map((each) => (
            <List.Item key={`${each.fact} ${each.member?.id} ${each.team?.id}`}>
              The {each.fact} of {about(each)} stays {each.now ?? 'none'}: it was changed since.
            </List.Item>
          ))}
          {impossible.map(({ event, says, because }) => (
            <List.Item key={`${event} ${says}`}>
              Event {event} ({says}) cannot be undone: {because}.
            </List.Item>
          ))}
        </List>
      )}
    </>
  );
}
