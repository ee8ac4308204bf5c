import { Alert, Button, Group, Modal, type ModalProps, Stack } from '@mantine/core';
import { type FormEvent, type ReactNode, useState } from 'react';
import { ApiError, messageOf } from '../api/errors.ts';

/** What is wrong with each field, by its name in the body of the request. */
export type FieldErrors = { readonly [field: string]: string };

/** What a dialog that edits something is given besides it. */
export interface Editing {
  /** Reads anew what was changed. */
  saved: () => Promise<unknown>;
  close: () => void;
}

interface EditDialogProps {
  title: string;
  /** What the button says. */
  submits: string;
  isComplete?: boolean;
  /** Whether it is about something that does not come back. */
  isFinal?: boolean;
  /** Does it. What it returns is shown in the place of the form until somebody closes it. */
  // biome-ignore lint/suspicious/noConfusingVoidType: most that is done returns nothing, and then the dialog closes
  submit?: () => Promise<ReactNode | void>;
  /** Goes on to the plan of it, instead of doing it at once. */
  plan?: () => void;
  /** Reads anew what was changed, before the dialog closes. */
  saved?: () => Promise<unknown>;
  /** What the button says that closes what `submit` returned. */
  closes?: string;
  /** The fields that show themselves what the server refuses of them. */
  fields?: readonly string[];
  size?: ModalProps['size'];
  close: () => void;
  children: ReactNode | ((errors: FieldErrors) => ReactNode);
}

type State = { at: 'form' | 'saving' } | { at: 'refused'; error: unknown } | { at: 'done'; shown: ReactNode };

/** A dialog that changes something, and shows why the server refused it. It is mounted while it is open. */
export function EditDialog(props: EditDialogProps) {
  const {
    title,
    submits,
    isComplete = true,
    isFinal = false,
    submit,
    plan,
    saved,
    closes = 'Close',
    fields = [],
  } = props;
  const { size = 'md', close, children } = props;
  const [state, setState] = useState<State>({ at: 'form' });
  const send = async (event: FormEvent) => {
    event.preventDefault();
    if (submit === undefined) return plan?.();
    setState({ at: 'saving' });
    try {
      const shown = await submit();
      if (shown !== undefined) {
        // Shown at once, whatever becomes of the lists.
        void saved?.();
        return setState({ at: 'done', shown });
      }
      await saved?.();
      close();
    } catch (error) {
      setState({ at: 'refused', error });
    }
  };
  const refusal = state.at === 'refused' ? refusalAt(fields, state.error) : undefined;
  return (
    <Modal opened onClose={close} title={title} size={size}>
      {state.at === 'done' ? (
        <Stack gap="md">
          {state.shown}
          <Group justify="flex-end">
            <Button onClick={close}>{closes}</Button>
          </Group>
        </Stack>
      ) : (
        <form onSubmit={send}>
          <Stack gap="md">
            {typeof children === 'function' ? children(refusal?.errors ?? {}) : children}
            {refusal?.message !== undefined && (
              <Alert role="alert" color="red" variant="light">
                {refusal.message}
              </Alert>
            )}
            <Group justify="flex-end">
              <Button variant="default" onClick={close} data-autofocus={isFinal || undefined}>
                Cancel
              </Button>
              <Button
                type="submit"
                {...(isFinal ? { color: 'red' } : {})}
                loading={state.at === 'saving'}
                disabled={!isComplete}
              >
                {submits}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}

/** What the fields say of a refusal, and the sentence for what none of them does. */
function refusalAt(fields: readonly string[], error: unknown): { errors: FieldErrors; message: string | undefined } {
  const faults = error instanceof ApiError ? error.faults : [];
  const placed = faults.map(({ pointer, detail }) => [pointer.split('/')[1] ?? '', detail] as const);
  const errors = Object.fromEntries(placed.filter(([field]) => fields.includes(field)));
  const isAllShown = placed.length > 0 && placed.every(([field]) => field in errors);
  return { errors, message: isAllShown ? undefined : messageOf(error) };
}
