import { Alert, Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { CopyText } from '../text/CopyText.tsx';
import type { Shown } from './CreateKey.tsx';
import type { KeyRow } from './KeyTable.tsx';

interface RotateTokenProps {
  /** The one that another one is to take over from; the dialog is closed without one. */
  row: KeyRow | undefined;
  rotate: (row: KeyRow) => Promise<Shown[]>;
  rotated: () => Promise<void>;
  close: () => void;
}

type Step = { at: 'asking' | 'waiting' } | { at: 'failed'; message: string } | { at: 'rotated'; shown: Shown[] };

/** The dialog that makes a token which takes over from another one, and shows it, this once. */
export function RotateToken({ row, rotate, rotated, close }: RotateTokenProps) {
  const [step, setStep] = useState<Step>({ at: 'asking' });
  const end = () => {
    setStep({ at: 'asking' });
    close();
  };
  const confirm = async () => {
    if (row === undefined) return;
    setStep({ at: 'waiting' });
    try {
      const shown = await rotate(row);
      setStep({ at: 'rotated', shown });
      await rotated();
    } catch (error) {
      setStep({ at: 'failed', message: error instanceof Error ? error.message : String(error) });
    }
  };
  return (
    <Modal opened={row !== undefined} onClose={end} title={`Replace the token ${row?.name ?? ''}`} size="lg">
      {step.at === 'rotated' ? (
        <Stack gap="md">
          <Text size="sm">
            Paste it into the identity provider now. It is not stored, so nobody can show it again. The old one goes on
            until this one has proved good, and then ends by itself.
          </Text>
          {step.shown.map(({ what, text }) => (
            <CopyText key={what} text={text} what={what} />
          ))}
          <Group justify="flex-end">
            <Button onClick={end}>I have copied it</Button>
          </Group>
        </Stack>
      ) : (
        <Stack gap="md">
          <Text size="sm">
            A new token with the same name, scopes, addresses and ceiling is made. Both work until the new one has had
            enough good calls; you can cancel until then.
          </Text>
          {step.at === 'failed' && (
            <Alert role="alert" color="red" variant="light">
              {step.message}
            </Alert>
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={end}>
              Cancel
            </Button>
            <Button loading={step.at === 'waiting'} onClick={confirm} data-autofocus>
              Make the new token
            </Button>
          </Group>
        </Stack>
      )}
    </Modal>
  );
}
