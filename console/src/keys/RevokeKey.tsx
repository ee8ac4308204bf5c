import { Alert, Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import type { KeyRow } from './KeyTable.tsx';

interface RevokeKeyProps {
  /** The one to revoke; the dialog is closed without one. */
  row: KeyRow | undefined;
  noun: string;
  says: string;
  revoke: (row: KeyRow) => Promise<void>;
  close: () => void;
}

/** Asks before a key is revoked, since nothing brings it back. */
export function RevokeKey({ row, noun, says, revoke, close }: RevokeKeyProps) {
  const [state, setState] = useState<{ isAsking: boolean; message?: string }>({ isAsking: false });
  const end = () => {
    setState({ isAsking: false });
    close();
  };
  const confirm = async () => {
    if (row === undefined) return;
    setState({ isAsking: true });
    try {
      await revoke(row);
      end();
    } catch (error) {
      setState({ isAsking: false, message: error instanceof Error ? error.message : String(error) });
    }
  };
  return (
    <Modal opened={row !== undefined} onClose={end} title={`Revoke the ${noun} ${row?.name ?? ''}?`}>
      <Stack gap="md">
        <Text size="sm">{says} It cannot be undone.</Text>
        {state.message !== undefined && (
          <Alert role="alert" color="red" variant="light">
            {state.message}
          </Alert>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={end} data-autofocus>
            Cancel
          </Button>
          <Button color="red" loading={state.isAsking} onClick={confirm}>
            Revoke
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
