import { Alert, Button, Group, List, Modal, Skeleton, Stack, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { HistoryItem } from '../../../src/http/api/schemas/history.ts';
import type { UndoPlan } from '../../../src/http/api/schemas/undo.ts';
import { applyUndo, planUndo } from '../api/client.ts';
import { Failure } from '../shell/Failure.tsx';

interface UndoDialogProps {
  slug: string;
  /** The event to undo; the dialog is closed without one. */
  item: HistoryItem | undefined;
  close: () => void;
  applied: () => Promise<unknown>;
}

/** Shows what undoing an event would put back, and does that. */
export function UndoDialog({ slug, item, close, applied }: UndoDialogProps) {
  const [state, setState] = useState<{ isApplying: boolean; message?: string }>({ isApplying: false });
  const plan = useQuery({
    queryKey: ['undo-plan', slug, item?.seq],
    queryFn: () => planUndo(slug, { event: item?.seq ?? 0 }),
    enabled: item !== undefined,
    gcTime: 0,
    refetchOnWindowFocus: false,
  });
  const end = () => {
    setState({ isApplying: false });
    close();
  };
  const apply = async () => {
    if (item === undefined || plan.data === undefined) return;
    setState({ isApplying: true });
    try {
      const { refused } = await applyUndo(slug, { event: item.seq }, plan.data.digest);
      await applied();
      if (refused.length === 0) return end();
      setState({ isApplying: false, message: refused.map(({ because }) => because).join(' ') });
    } catch (error) {
      setState({ isApplying: false, message: error instanceof Error ? error.message : String(error) });
    }
  };
  return (
    <Modal opened={item !== undefined} onClose={end} title={`Undo event ${item?.seq ?? ''}`} size="lg">
      <Stack gap="md">
        <Text size="sm">
          {item?.by} {item?.says}
        </Text>
        {plan.error !== null && <Failure title="The undo cannot be planned" error={plan.error} retry={plan.refetch} />}
        {plan.isLoading && <Skeleton height={120} aria-label="Planning the undo" />}
        {plan.data !== undefined && <ShownPlan plan={plan.data} />}
        {state.message !== undefined && (
          <Alert role="alert" color="red" variant="light">
            {state.message}
          </Alert>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={end} data-autofocus>
            Cancel
          </Button>
          <Button loading={state.isApplying} disabled={(plan.data?.items.length ?? 0) === 0} onClick={apply}>
            Put it back
          </Button>
        </Group>
      </Stack>
    </Modal>
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
