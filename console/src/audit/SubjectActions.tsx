import { Button, Group, List, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { EditDialog, type Editing } from '../shell/EditDialog.tsx';

/** Opens a dialog over the drawer, given how it closes and what reads anew what it changed. */
export type Ask = (dialog: (editing: Editing) => ReactNode) => void;

/** What can be done to a person or a team, and the dialog that does it. */
export interface SubjectAction {
  text: string;
  dialog: (editing: Editing) => ReactNode;
  /** What is locked cannot be pressed; the alert above says why and offers the way. */
  isLocked?: boolean;
}

interface Confirmation {
  title: string;
  submits: string;
  submit: () => Promise<void>;
  /** What it does. */
  says: string;
  /** Whether it is about something that does not come back by itself. */
  isFinal?: boolean;
}

/** A dialog that says what an act does, and does it. */
export const confirming =
  ({ says, ...of }: Confirmation): SubjectAction['dialog'] =>
  (editing) => (
    <EditDialog {...of} {...editing}>
      <Text size="sm">{says}</Text>
    </EditDialog>
  );

export function SubjectActions({ acts, ask }: { acts: readonly SubjectAction[]; ask: Ask }) {
  return (
    <Group gap="xs" aria-label="What can be done" role="group">
      {acts.map(({ text, dialog, isLocked = false }) => (
        <Button key={text} size="xs" variant="default" disabled={isLocked} onClick={() => ask(dialog)}>
          {text}
        </Button>
      ))}
    </Group>
  );
}

/** What the provider asks and what is not so, in sentences without their full stop. Nothing if there is nothing. */
export function Differences({ differences }: { differences: readonly string[] }) {
  const title = 'Asked and not in force';
  if (differences.length === 0) return null;
  return (
    <Stack gap={4}>
      <Text size="sm" fw={600}>
        {title}
      </Text>
      <List size="sm" aria-label={title}>
        {differences.map((each) => (
          <List.Item key={each} style={{ overflowWrap: 'anywhere' }}>
            {each}.
          </List.Item>
        ))}
      </List>
    </Stack>
  );
}
