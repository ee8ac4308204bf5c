import { Box, Button, Text } from '@mantine/core';
import type { HistoryItem } from '../../../src/http/api/schemas/history.ts';
import { NameButton } from '../shell/NameButton.tsx';

/** What is undone, and what is said of it above the plan. */
export type UndoneEvent = { seq: number; says: string };

interface UndoButtonProps {
  item: HistoryItem;
  undo: (event: UndoneEvent) => void;
}

/** The way back from one event. What only follows from another change leads to that one, which is undone in its place. */
export function UndoButton({ item: { seq, by, says, follows }, undo }: UndoButtonProps) {
  if (follows === null) {
    return (
      <Button
        size="compact-xs"
        variant="default"
        flex="none"
        aria-label={`Undo event ${seq}`}
        onClick={() => undo({ seq, says: `${by} ${says}` })}
      >
        Undo…
      </Button>
    );
  }
  const { event, because } = follows;
  if (event === null) {
    return (
      <Text size="xs" c="dimmed" maw={200}>
        {because}
      </Text>
    );
  }
  return (
    <Box flex="none" maw={120}>
      <NameButton
        name={`Follows from event ${event}…`}
        open={() => undo({ seq: event, says: `Event ${seq} is not undone by itself: ${because}.` })}
      />
    </Box>
  );
}
