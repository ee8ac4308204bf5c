import { Alert, Button, Checkbox, Group, List, Modal, Skeleton, Stack, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { PolicyPlan } from '../../../src/http/api/schemas/policy.ts';
import { type PolicyWish, planPolicy, savePolicy } from '../api/client.ts';
import { Failure } from '../shell/Failure.tsx';

interface PlanDialogProps {
  slug: string;
  /** The policy to plan; the dialog is closed without one. */
  wish: PolicyWish | undefined;
  /** Of the policy that is edited. */
  tag: string;
  saved: () => Promise<void>;
  close: () => void;
}

/** Shows what a policy would change, for whom and why, and saves it. */
export function PlanDialog({ slug, wish, tag, saved, close }: PlanDialogProps) {
  const [state, setState] = useState<{ isSaving: boolean; message?: string }>({ isSaving: false });
  const [confirmed, setConfirmed] = useState<string[]>([]);
  const plan = useQuery({
    queryKey: ['policy-plan', slug, wish],
    queryFn: () => planPolicy(slug, wish as PolicyWish),
    enabled: wish !== undefined,
    gcTime: 0,
    refetchOnWindowFocus: false,
  });
  const toConfirm = plan.data?.confirm ?? [];
  const isConfirmed = toConfirm.every(({ setting }) => confirmed.includes(setting));
  const end = () => {
    setState({ isSaving: false });
    setConfirmed([]);
    close();
  };
  const save = async () => {
    if (wish === undefined) return;
    setState({ isSaving: true });
    try {
      await savePolicy(slug, { ...wish, confirm: toConfirm.map(({ setting }) => setting) }, tag);
      end();
      await saved();
    } catch (error) {
      setState({ isSaving: false, message: error instanceof Error ? error.message : String(error) });
    }
  };
  return (
    <Modal opened={wish !== undefined} onClose={end} title="What would change" size="lg">
      <Stack gap="md">
        {plan.error !== null && (
          <Failure title="The change cannot be planned" error={plan.error} retry={plan.refetch} />
        )}
        {plan.isLoading && <Skeleton height={120} aria-label="Planning the change" />}
        {plan.data !== undefined && <ShownPlan plan={plan.data} />}
        {toConfirm.map(({ setting, value, why }) => (
          <Alert key={setting} color="orange" variant="light" title={`${setting} becomes ${value}`}>
            <Stack gap="xs">
              <Text size="sm">{why}</Text>
              <Checkbox
                label="I want that"
                checked={confirmed.includes(setting)}
                onChange={({ currentTarget: { checked } }) =>
                  setConfirmed(checked ? [...confirmed, setting] : confirmed.filter((each) => each !== setting))
                }
              />
            </Stack>
          </Alert>
        ))}
        {state.message !== undefined && (
          <Alert role="alert" color="red" variant="light">
            {state.message}
          </Alert>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={end} data-autofocus>
            Cancel
          </Button>
          <Button loading={state.isSaving} disabled={plan.data === undefined || !isConfirmed} onClick={save}>
            Save the policy
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function ShownPlan({ plan: { changed, counts, first } }: { plan: PolicyPlan }) {
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return (
    <>
      <Table aria-label="Changed settings">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Setting</Table.Th>
            <Table.Th>Now</Table.Th>
            <Table.Th>Then</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {Object.entries(changed).map(([name, { before, after }]) => (
            <Table.Tr key={name}>
              <Table.Td>{name}</Table.Td>
              <Table.Td>{before}</Table.Td>
              <Table.Td>{after}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <Text size="sm">
        {total === 0
          ? 'No person and no team changes by it now; the next requests of the provider follow it.'
          : `${total.toLocaleString('en')} ${total === 1 ? 'thing changes' : 'things change'} at once, and the next requests of the provider follow it.`}
      </Text>
      {first.length > 0 && (
        <List size="sm" aria-label="Who changes">
          {first.map(({ kind, id, says, reason }) => (
            <List.Item key={`${kind} ${id} ${says}`}>
              {says}{' '}
              <Text span size="xs" c="dimmed">
                {id}
                {reason === undefined ? '' : ` · ${reason.rule}`}
              </Text>
            </List.Item>
          ))}
        </List>
      )}
      {total > first.length && (
        <Text size="xs" c="dimmed">
          The first {first.length} are shown.
        </Text>
      )}
    </>
  );
}
