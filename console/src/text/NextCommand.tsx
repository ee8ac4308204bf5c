import { Paper, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { CopyText } from './CopyText.tsx';

/** An empty state that says what is missing and the next command to run. */
export function NextCommand({ title, children, command }: { title: string; children: ReactNode; command?: string }) {
  return (
    <Paper withBorder p="lg">
      <Stack gap="xs" align="flex-start">
        <Title order={3} size="h5">
          {title}
        </Title>
        <Text size="sm">{children}</Text>
        {command !== undefined && <CopyText text={command} what="command" />}
      </Stack>
    </Paper>
  );
}
