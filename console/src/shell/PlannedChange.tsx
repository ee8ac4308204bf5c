import { Alert, Button, Group, Modal, Skeleton, Stack } from '@mantine/core';
import { type QueryKey, useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { ApiError } from '../api/errors.ts';
import { Failure } from './Failure.tsx';

interface PlannedChangeProps<Plan> {
  title: string;
  /** What the plan is of, in the words of a failure: "The undo". */
  noun: string;
  /** What is to be changed, above its plan. */
  says?: ReactNode;
  planKey: QueryKey;
  plan: () => Promise<Plan>;
  show: (plan: Plan) => ReactNode;
  /** Whether there is something to do, and everything is confirmed. */
  isReady?: (plan: Plan) => boolean;
  submits: string;
  /** Does what the plan showed. A sentence is what could not be done of it, and keeps the dialog open. */
  submit: (plan: Plan) => Promise<string | undefined>;
  /** Whether a refusal because of something newer (412) is answered by another look at the plan. */
  looksAgain?: boolean;
  close: () => void;
}

/** What a plan says beside what would change, if such a plan does: why it would be refused, and what an admin should know. */
interface SaidOfPlan {
  refusal?: string | null;
  warnings?: readonly string[];
}

type State =
  | { at: 'plan' | 'submitting' }
  | { at: 'refused'; message: string; isOutdated: boolean }
  | { at: 'done'; message: string };

/**
 * A dialog that shows what a change would bring about, and why it would be refused, or does exactly that. It is mounted while it is
 * open.
 */
export function PlannedChange<Plan extends object>(props: PlannedChangeProps<Plan>) {
  const { title, noun, says, planKey, plan, show, isReady, submits, submit, looksAgain = false, close } = props;
  const [state, setState] = useState<State>({ at: 'plan' });
  const { data, error, isFetching, refetch } = useQuery({
    queryKey: planKey,
    queryFn: plan,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    refetchOnWindowFocus: false,
  });
  const { refusal = null, warnings = [] }: SaidOfPlan = error === null && data !== undefined ? data : {};
  const send = async () => {
    if (data === undefined) return;
    setState({ at: 'submitting' });
    try {
      const message = await submit(data);
      if (message === undefined) return close();
      setState({ at: 'done', message });
    } catch (reason) {
      const message = reason instanceof Error ? reason.message : String(reason);
      const isOutdated = looksAgain && reason instanceof ApiError && reason.status === 412;
      setState({ at: 'refused', message, isOutdated });
    }
  };
  const look = async () => {
    setState({ at: 'plan' });
    await refetch();
  };
  return (
    <Modal opened onClose={close} title={title} size="lg">
      <Stack gap="md">
        {says}
        {error !== null && <Failure title={`${noun} cannot be planned`} error={error} retry={refetch} />}
        {data === undefined && error === null && (
          <Skeleton height={120} aria-label={`Planning ${noun.toLowerCase()}`} />
        )}
        {refusal !== null && (
          <Alert color="red" variant="light" title="This cannot be done">
            {refusal}
          </Alert>
        )}
        {data !== undefined && error === null && show(data)}
        {warnings.map((warning) => (
          <Alert key={warning} color="orange" variant="light">
            {warning}
          </Alert>
        ))}
        {(state.at === 'refused' || state.at === 'done') && (
          <Alert role="alert" color={state.at === 'done' ? 'orange' : 'red'} variant="light">
            {state.message}
          </Alert>
        )}
        <Group justify="flex-end">
          {state.at === 'done' ? (
            <Button onClick={close}>Close</Button>
          ) : (
            <>
              <Button variant="default" onClick={close} data-autofocus>
                Cancel
              </Button>
              {state.at === 'refused' && state.isOutdated ? (
                <Button onClick={look}>Look again</Button>
              ) : (
                <Button
                  loading={state.at === 'submitting'}
                  disabled={data === undefined || isFetching || refusal !== null || isReady?.(data) === false}
                  onClick={send}
                >
                  {submits}
                </Button>
              )}
            </>
          )}
        </Group>
      </Stack>
    </Modal>
  );
}
