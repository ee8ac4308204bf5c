import { limits } from '../limits.ts';

/**
 * A row's place in the order of a list: the value that the list is sorted by as PostgreSQL writes it, null if it is missing or
 * the list is not sorted; and the id.
 */
export type Position = { key: string | null; id: string };

/** Where a page begins: after the row with this position, and `offset` rows further. */
export type PageStart = { after: Position | undefined; offset: number };

/**
 * Remembers where the pages of lists ended, so that a reader who asks for the next `startIndex` continues from there
 * instead of counting all rows before it again. That keeps the last page as cheap as the first, and it is exact: rows
 * that others delete meanwhile neither shift a row out of the reader's sight nor show one twice.
 *
 * Marks are hints of this process. Without one, rows are counted from the nearest mark below or from the beginning; a reader
 * who jumps far ahead has the list measured first.
 */
export type PageMarks = {
  /** `list` names the organization, the type, the filter and the order. */
  find(list: string, startIndex: number, now: Date): PageStart;
  note(list: string, nextIndex: number, last: Position, now: Date): void;
  /** Runs what notes the marks of a whole list; whoever asks for the same list meanwhile waits for the same run. */
  measure(list: string, run: () => Promise<void>): Promise<void>;
};

type Mark = { index: number; last: Position; at: number };

/** The marks of one process, none yet. At most limits.pageMarkListsMax lists are remembered. */
export function createPageMarks(): PageMarks {
  /** Each list's marks by rising index; the lists themselves by when they were last used. */
  const lists = new Map<string, Mark[]>();
  const measuring = new Map<string, Promise<void>>();

  const touch = (list: string): Mark[] => {
    const marks = lists.get(list) ?? [];
    lists.delete(list);
    lists.set(list, marks);
    const oldest = lists.keys().next().value;
    if (lists.size > limits.pageMarkListsMax && oldest !== undefined) lists.delete(oldest);
    return marks;
  };

  return {
    find(list, startIndex, now) {
      const marks = lists.get(list);
      if (marks === undefined || startIndex === 1) return { after: undefined, offset: startIndex - 1 };
      for (let at = lastAtOrBelow(marks, startIndex); at >= 0; at--) {
        const mark = marks[at] as Mark;
        if (now.getTime() - mark.at <= limits.pageMarkSeconds * 1000) {
          return { after: mark.last, offset: startIndex - mark.index };
        }
      }
      return { after: undefined, offset: startIndex - 1 };
    },
    async measure(list, run) {
      const running = measuring.get(list) ?? run().finally(() => measuring.delete(list));
      measuring.set(list, running);
      await running;
    },
    note(list, nextIndex, last, now) {
      const marks = touch(list);
      const at = lastAtOrBelow(marks, nextIndex);
      const mark = { index: nextIndex, last, at: now.getTime() };
      if (marks[at]?.index === nextIndex) marks[at] = mark;
      else if (marks.length < limits.pageMarksPerListMax) marks.splice(at + 1, 0, mark);
    },
  };
}

/** Position of the last mark whose index is at most this; -1 if there is none. */
function lastAtOrBelow(marks: readonly Mark[], index: number): number {
  let low = 0;
  let high = marks.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((marks[middle] as Mark).index <= index) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
