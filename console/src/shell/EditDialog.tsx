import { Alert, Button, Group, Modal, Stack } from '@mantine/core';
import { type FormEvent, type ReactNode, useState } from 'react';

interface EditDialogProps {
  title: string;
  /** What the button says. */
  submits: string;
  isComplete: boolean;
  submit: () => Promise<void>;
  close: () => void;
  children: ReactNode;
}

/** A dialog that changes something, and shows why the server refused it. It is mounted while it is open. */
export function EditDialog({ title, submits, isComplete, submit, close, children }: EditDialogProps) {
  const [state, setState] = useState<{ isSaving: boolean; message?: string }>({ isSaving: false });
  const send = async (event: FormEvent) => {
    event.preventDefault();
    setState({ isSaving: true });
    try {
      await submit();
      close();
    } catch (error) {
      setState({ isSaving: false, message: error instanceof Error ? error.message : String(error) });
    }
  };
  return (
    <Modal opened onClose={close} title={title}>
      <form onSubmit={send}>
        <Stack gap="md">
          {children}
          {state.message !== undefined && (
            <Alert role="alert" color="red" variant="light">
              {state.message}
            </Alert>
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              Cancel
            </Button>
            <Button type="submit" loading={state.isSaving} disabled={!isComplete}>
              {submits}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
