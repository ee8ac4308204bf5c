import { Group } from '@mantine/core';
import type { ReactNode } from 'react';

/** The buttons of a row, with the place below them for why one of them failed. */
export const RowActions = ({ children }: { children: ReactNode }) => (
  <Group gap="xs" justify="flex-end" miw={280}>
    {children}
  </Group>
);
