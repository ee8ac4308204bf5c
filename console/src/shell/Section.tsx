import { Group, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { Scrolled } from './Scrolled.tsx';

interface SectionProps {
  title: string;
  says: ReactNode;
  /** A button beside the heading. */
  action?: ReactNode;
  children?: ReactNode;
}

/** A part of the page with its heading, a sentence that says what it is, and a table that may be wider than the window. */
export function Section({ title, says, action, children }: SectionProps) {
  return (
    <Stack gap="xs" component="section" aria-label={title}>
      <Group justify="space-between">
        <Title order={2} size="h4">
          {title}
        </Title>
        {action}
      </Group>
      <Text size="sm" c="dimmed">
        {says}
      </Text>
      {children !== undefined && children !== false && <Scrolled label={title}>{children}</Scrolled>}
    </Stack>
  );
}
