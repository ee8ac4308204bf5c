import { Alert, Button, Group, Text } from '@mantine/core';

/** A failed question to the server: what went wrong, in the server's words, and the way out. */
export function Failure({ title, error, retry }: { title: string; error: Error; retry: () => void }) {
  return (
    <Alert role="alert" color="red" variant="light" title={title}>
      <Group justify="space-between" gap="sm">
        <Text size="sm">{error.message}</Text>
        <Button size="compact-sm" variant="default" onClick={retry}>
          Try again
        </Button>
      </Group>
    </Alert>
  );
}
