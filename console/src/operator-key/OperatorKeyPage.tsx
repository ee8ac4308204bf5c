import { Alert, Button, Center, Code, Paper, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { ApiError } from '../api/errors.ts';
import { fetchStatus } from '../api/organizations.ts';
import { keepOperatorKey, wasKeyRefused } from './operator-key.ts';

type Attempt = { state: 'idle' } | { state: 'asking' } | { state: 'failed'; message: string };

/** What someone without a key sees. The key is tried before it is kept, so that a wrong one stays correctable here. */
export function OperatorKeyPage() {
  const [key, setKey] = useState('');
  const [attempt, setAttempt] = useState<Attempt>(() =>
    wasKeyRefused() ? { state: 'failed', message: refused } : { state: 'idle' },
  );

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setAttempt({ state: 'asking' });
    try {
      await fetchStatus(key.trim());
      keepOperatorKey(key.trim());
    } catch (error) {
      setAttempt({ state: 'failed', message: explain(error) });
    }
  };

  return (
    <Center mih="100vh" p="md">
      <Paper component="main" withBorder p="xl" maw={480} w="100%">
        <form onSubmit={submit}>
          <Stack gap="md">
            <Title order={1} size="h3">
              Rollcall console
            </Title>
            <Text>
              The console opens with the operator key of this Rollcall, which is in the file <Code>operator.key</Code>{' '}
              of its data directory. The link that <Code>npm start</Code> prints carries the key, and{' '}
              <Code>npx rollcall operator-key</Code> prints that link again.
            </Text>
            <PasswordInput
              label="Operator key"
              placeholder="rco_…"
              autoComplete="off"
              spellCheck={false}
              required
              withAsterisk={false}
              autoFocus
              value={key}
              onChange={(event) => setKey(event.currentTarget.value)}
            />
            {attempt.state === 'failed' && (
              <Alert role="alert" color="red" variant="light">
                {attempt.message}
              </Alert>
            )}
            <Button type="submit" loading={attempt.state === 'asking'}>
              Open the console
            </Button>
          </Stack>
        </form>
      </Paper>
    </Center>
  );
}

const refused =
  'This key was refused. Compare it with the file operator.key of the data directory that this Rollcall runs on.';

function explain(error: unknown): string {
  if (error instanceof ApiError && error.status === 401) {
    return refused;
  }
  return error instanceof Error ? error.message : String(error);
}
