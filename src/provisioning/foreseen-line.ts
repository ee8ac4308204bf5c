import { limits } from '../limits.ts';
import { readWaiting, type Waiting } from '../store/access-writing.ts';
import type { OrgTransaction } from '../store/organization-transaction.ts';

/**
 * Those who would wait for seats, in the order in which they would be given one, while a change is planned that writes nothing: first
 * those of the rows who still wait for the license, then those who began to wait since, transaction by transaction, and in one by rising id.
 */
export class ForeseenLine {
  readonly #tx: OrgTransaction;
  readonly #waited = new Map<string, AsyncGenerator<string, void>>();
  /** With the transaction in which each began to wait. */
  readonly #since = new Map<string, Map<string, number>>();
  #transaction = 0;
  /** What those wait for by now who wait for something else than their row says. */
  readonly #now = new Map<string, string | undefined>();

  constructor(tx: OrgTransaction) {
    this.#tx = tx;
  }

  /** From here on it is another transaction: whoever begins to wait does so behind those who began before. */
  later(): void {
    this.#transaction++;
  }

  /** Notes that somebody waits for another license than before, or for one, or for none any more. */
  move(id: string, from: string | undefined, to: string | undefined): void {
    if (from === to) return;
    if (from !== undefined) this.#since.get(from)?.delete(id);
    if (to !== undefined) this.#sinceThen(to).set(id, this.#transaction);
    this.#now.set(id, to);
  }

  /** The first who wait for a license. Whoever is returned is out of the line. */
  async take(license: string, limit: number): Promise<string[]> {
    const since = this.#sinceThen(license);
    const ids: string[] = [];
    const line = this.#waited.get(license) ?? this.#waitedBefore(license);
    this.#waited.set(license, line);
    while (ids.length < limit) {
      const next = await line.next();
      if (next.done) break;
      const stillWaits = !this.#now.has(next.value) || this.#now.get(next.value) === license;
      if (stillWaits && !since.has(next.value)) ids.push(next.value);
    }
    const newcomers = [...since]
      .sort(([one, began], [other, then]) => began - then || (one < other ? -1 : 1))
      .slice(0, limit - ids.length)
      .map(([id]) => id);
    for (const id of newcomers) since.delete(id);
    return [...ids, ...newcomers];
  }

  async *#waitedBefore(license: string): AsyncGenerator<string, void> {
    let after: Waiting | undefined;
    for (;;) {
      const page = await readWaiting(this.#tx, license, { after, limit: limits.planPageRows });
      after = page.at(-1);
      if (after === undefined) return;
      for (const { id } of page) yield id;
    }
  }

  #sinceThen(license: string): Map<string, number> {
    const since = this.#since.get(license) ?? new Map<string, number>();
    this.#since.set(license, since);
    return since;
  }
}
