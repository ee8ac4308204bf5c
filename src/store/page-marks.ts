import { limits } from '../limits.ts';

/**
 * A row's place in the order of a list: the value that the list is sorted by as PostgreSQL writes it, null if it is missing or
 * the list is not sorted; and the id.
 */
export type Position = { key: string | null; id: string };

/** Where a page begins: after the row with this position, and `offset` rows further. */
export type PageStart = { after: Position | undefined; offset: number };

/** `list` names the organization, the type, the filter and the order; `reader` the credential that reads it. */
export type Reading = { list: string; reader: string };

/** `exactAt` is the organization's event counter at which the page begins there, `always` where rows are counted from the first. */
export type MarkedStart = PageStart & {
  exactAt: number | 'always' | undefined;
  /** Whether it is where this reader's page before ended: then it holds for this reader, whatever has changed since. */
  continues: boolean;
};

/** A page that was read: its places in the list, and the event counter in the moment of reading. */
export type ReadPage = {
  startIndex: number;
  /** Of the row after it. */
  nextIndex: number;
  /** Its last row; undefined where none comes after it. */
  last: Position | undefined;
  /** Of the whole list. */
  totalResults: number;
  counter: number;
  /** Whether the indexes are those of that moment. They are not where rows before a continued page came or went. */
  isExact: boolean;
};

/**
 * Remembers where the pages of lists ended, so that a reader who asks for the next `startIndex` continues from there
 * instead of counting all rows before it again. That keeps the last page as cheap as the first.
 *
 * A mark says which row has which index, which is true only until something changes: it serves every reader while the
 * organization's event counter is what it was. Whoever has read the first page here and each one since continues behind the
 * page before even when it is not: rows that others delete meanwhile do not shift a row out of the reader's sight.
 *
 * Marks are of this process. Without one, rows are counted from the nearest mark below or from the beginning; a reader
 * who jumps far ahead has the list measured first.
 */
export type PageMarks = {
  find(reading: Reading, startIndex: number, now: Date): MarkedStart;
  note(reading: Reading, page: ReadPage, now: Date): void;
  /** Notes that the row with this position is the one before `nextIndex`. */
  noteRow(list: string, nextIndex: number, last: Position, counter: number, now: Date): void;
  /** Forgets the marks of a list that are older than this. */
  forgetBefore(list: string, counter: number): void;
  /**
   * Runs what notes the marks of a whole list; whoever asks for the same list meanwhile waits for the same run. It is not run
   * again while its marks would still serve: where changes end them sooner, counting costs less than measuring each time.
   */
  measure(list: string, run: () => Promise<void>, now: Date): Promise<void>;
};

type Mark = { index: number; last: Position; at: number };

/** The marks of a list in one moment, by rising index. */
type Marks = { counter: number; marks: Mark[]; measuredAt: number };

/** Where a reader's last two pages began and end: whoever got no answer asks again. `exactAt` as above. */
type Chain = (Mark & { exactAt: number | undefined })[];

/** The marks of one process, none yet. At most limits.pageMarkListsMax lists are remembered, and as many readings. */
export function createPageMarks(): PageMarks {
  /** By when they were last used. */
  const lists = new Map<string, Marks>();
  const chains = new Map<string, Chain>();
  const measuring = new Map<string, Promise<void>>();

  const isFresh = (at: number, now: Date, seconds: number = limits.pageMarkSeconds) =>
    now.getTime() - at <= seconds * 1000;

  /** The marks that a list has at this counter; undefined if it has newer ones. */
  const marksAt = (list: string, counter: number): Mark[] | undefined => {
    const known = lists.get(list);
    if (known !== undefined && known.counter > counter) return undefined;
    const { measuredAt = Number.NEGATIVE_INFINITY } = known ?? {};
    const marks = known?.counter === counter ? known.marks : [];
    touch(lists, list, { counter, marks, measuredAt });
    return marks;
  };

  const noteRow: PageMarks['noteRow'] = (list, nextIndex, last, counter, now) => {
    const marks = marksAt(list, counter);
    if (marks === undefined) return;
    const at = lastAtOrBelow(marks, nextIndex);
    const mark = { index: nextIndex, last, at: now.getTime() };
    if (marks[at]?.index === nextIndex) marks[at] = mark;
    else if (marks.length < limits.pageMarksPerListMax) marks.splice(at + 1, 0, mark);
  };

  const noteChain = ({ list, reader }: Reading, page: ReadPage, now: Date) => {
    const { startIndex, nextIndex, last, totalResults, counter, isExact } = page;
    const key = chainKey(list, reader);
    const before = startIndex === 1 ? [] : chains.get(key)?.filter(({ index }) => index === startIndex);
    // Whoever asks for another page than the next one reads elsewhere, too, or not in order.
    const isNext = startIndex === 1 || before?.length === 1;
    const isEnd = last === undefined || (isExact && nextIndex > totalResults);
    if (before === undefined || !isNext || isEnd) return void chains.delete(key);
    const end = { index: nextIndex, last, at: now.getTime(), exactAt: isExact ? counter : undefined };
    touch(chains, key, [...before, end]);
  };

  return {
    find({ list, reader }, startIndex, now) {
      const counted = { after: undefined, offset: startIndex - 1, exactAt: 'always', continues: false } as const;
      const key = chainKey(list, reader);
      if (startIndex === 1) {
        chains.delete(key);
        return counted;
      }
      const own = chains.get(key)?.find(({ index }) => index === startIndex);
      if (own !== undefined && isFresh(own.at, now, limits.pageContinuedSeconds)) {
        return { after: own.last, offset: 0, exactAt: own.exactAt, continues: true };
      }
      const { marks, counter } = lists.get(list) ?? { marks: [], counter: 0 };
      for (let at = lastAtOrBelow(marks, startIndex); at >= 0; at--) {
        const mark = marks[at] as Mark;
        if (isFresh(mark.at, now)) {
          return { after: mark.last, offset: startIndex - mark.index, exactAt: counter, continues: false };
        }
      }
      return counted;
    },
    note(reading, page, now) {
      const { nextIndex, last, counter, isExact } = page;
      if (last !== undefined && isExact) noteRow(reading.list, nextIndex, last, counter, now);
      noteChain(reading, page, now);
    },
    noteRow,
    forgetBefore: marksAt,
    async measure(list, run, now) {
      let running = measuring.get(list);
      if (running === undefined) {
        if (isFresh(lists.get(list)?.measuredAt ?? Number.NEGATIVE_INFINITY, now)) return;
        running = run().finally(() => measuring.delete(list));
        measuring.set(list, running);
      }
      await running;
      const measured = lists.get(list);
      if (measured !== undefined) measured.measuredAt = now.getTime();
    },
  };
}

const chainKey = (list: string, reader: string) => `${reader} ${list}`;

/** Sets what is remembered as the last used, and forgets what was not used for longest. */
function touch<T>(remembered: Map<string, T>, key: string, value: T): void {
  remembered.delete(key);
  remembered.set(key, value);
  const oldest = remembered.keys().next().value;
  if (remembered.size > limits.pageMarkListsMax && oldest !== undefined) remembered.delete(oldest);
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
