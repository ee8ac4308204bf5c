import { ScrollArea, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';

/** A part of the page with its heading, a sentence that says what it is, and a table that may be wider than the window. */
export function Section({ title, says, children }: { title: string; says: ReactNode; children?: ReactNode }) {
  return (
    <Stack gap="xs" component="section" aria-label={title}>
      <Title order={2} size="h4">
        {title}
      </Title>
      <Text size="sm" c="dimmed">
        {says}
      </Text>
      {children !== undefined && (
        <ScrollArea type="auto" viewportProps={{ tabIndex: 0, role: 'region', 'aria-label': title }}>
          {children}
        </ScrollArea>
      )}
    </Stack>
  );
}
