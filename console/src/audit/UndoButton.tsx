import { Button } from '@mantine/core';
import type { HistoryItem } from '../../../src/http/api/schemas/history.ts';

interface UndoButtonProps {
  item: HistoryItem;
  undo: (item: HistoryItem) => void;
}

/** The way back from one event. */
export const UndoButton = ({ item, undo }: UndoButtonProps) => (
  <Button
    size="compact-xs"
    variant="default"
    flex="none"
    aria-label={`Undo event ${item.seq}`}
    onClick={() => undo(item)}
  >
    Undo…
  </Button>
);
