import { Alert, Button, Checkbox, Group, Modal, NumberInput, SimpleGrid, Stack, Text, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { CopyText } from '../text/CopyText.tsx';

export interface NewKey {
  name: string;
  scopes: string[];
  expiresAt: string | undefined;
}

/** A text that is shown once, and what it is. */
export interface Shown {
  what: string;
  text: string;
}

interface CreateKeyProps {
  opened: boolean;
  noun: string;
  scopes: string[] | undefined;
  create: (input: NewKey) => Promise<Shown[]>;
  created: () => Promise<unknown>;
  close: () => void;
}

type Step = { at: 'form' } | { at: 'asking' } | { at: 'failed'; message: string } | { at: 'created'; shown: Shown[] };

const dayMs = 86_400_000;

/** The dialog that creates a key and shows it, this once: closing it forgets the text. */
export function CreateKey({ opened, noun, scopes, create, created, close }: CreateKeyProps) {
  const [step, setStep] = useState<Step>({ at: 'form' });
  const [name, setName] = useState('');
  const [days, setDays] = useState<number | string>('');
  const [chosen, setChosen] = useState<string[]>([]);

  const end = () => {
    setStep({ at: 'form' });
    setName('');
    setDays('');
    setChosen([]);
    close();
  };

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setStep({ at: 'asking' });
    try {
      const expiresAt = typeof days === 'number' ? new Date(Date.now() + days * dayMs).toISOString() : undefined;
      const shown = await create({ name: name.trim(), scopes: chosen, expiresAt });
      setStep({ at: 'created', shown });
      await created();
    } catch (error) {
      setStep({ at: 'failed', message: error instanceof Error ? error.message : String(error) });
    }
  };

  return (
    <Modal opened={opened} onClose={end} title={`Create ${noun === 'token' ? 'a token' : 'an API key'}`} size="lg">
      {step.at === 'created' ? (
        <Stack gap="md">
          <Text size="sm">
            Copy it now. It is not stored, so nobody can show it again; if it is lost, create another one.
          </Text>
          {step.shown.map(({ what, text }) => (
            <CopyText key={what} text={text} what={what} />
          ))}
          <Group justify="flex-end">
            <Button onClick={end}>I have copied it</Button>
          </Group>
        </Stack>
      ) : (
        <form onSubmit={submit}>
          <Stack gap="md">
            <TextInput
              label="Name"
              description="What it is for"
              placeholder={noun === 'token' ? 'Okta' : 'reports'}
              required
              withAsterisk={false}
              maxLength={200}
              data-autofocus
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
            />
            <NumberInput
              label="Expires after"
              description="Days; without a number it is valid until it is revoked"
              min={1}
              max={3650}
              allowDecimal={false}
              value={days}
              onChange={setDays}
            />
            {scopes !== undefined && (
              <Checkbox.Group label="Scopes" description="What it may" value={chosen} onChange={setChosen}>
                <SimpleGrid cols={{ base: 1, sm: 2 }} spacing={6} mt="xs">
                  {scopes.map((scope) => (
                    <Checkbox key={scope} value={scope} label={scope} size="xs" />
                  ))}
                </SimpleGrid>
              </Checkbox.Group>
            )}
            {step.at === 'failed' && (
              <Alert role="alert" color="red" variant="light">
                {step.message}
              </Alert>
            )}
            <Group justify="flex-end">
              <Button variant="default" onClick={end}>
                Cancel
              </Button>
              <Button
                type="submit"
                loading={step.at === 'asking'}
                disabled={name.trim() === '' || (scopes !== undefined && chosen.length === 0)}
              >
                Create
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}
