import type { Actor } from '../events/feed.ts';
import type { Permission } from '../organization/permissions.ts';
import type { Source } from '../organization/plan.ts';
import type { OrgTransaction } from '../store/organization-transaction.ts';

/**
 * Who changes something by hand, and when: the operator at the command line, an API key, a person through a key, or Rollcall by
 * itself. Without an actor it is the operator. `address` is where the call came from, if it came over the network. Whoever undoes
 * something names the events by `undoes`: what was in force before may be so again, whatever the locks say. `may` is what the caller may do, who gives no more
 * than that (may-give.ts); without it nothing is held back: the operator, Rollcall by itself, and people who follow their own link.
 */
export type Acting = {
  readonly now: Date;
  readonly actor?: Actor;
  readonly may?: ReadonlySet<Permission>;
  readonly address?: string;
  readonly undoes?: readonly number[];
};

/**
 * Acting that lasts longer than one transaction: each call is the acting at the moment of the call. An event that named the beginning of
 * the whole would lie, in the feed, before what was committed ahead of it, and who could enter at a time would not be what was so then.
 */
export type Lasting = () => Acting;

/** Acting whose time runs on from `now`. */
export function lasting(at: Acting): Lasting {
  const now = runningFrom(at.now);
  return () => ({ ...at, now: now() });
}

/** The time as it runs on from a moment, for work that is done in pieces. */
export function runningFrom(now: Date): () => Date {
  const begunMs = performance.now();
  return () => new Date(now.getTime() + performance.now() - begunMs);
}

/** Who asks what something would come to. `namesNobody` if they may not read members: what is said then has no names. */
export type Asking = Pick<Acting, 'actor'> & { readonly namesNobody?: boolean };

/** Acting for a creation. `remember` is called in its transaction, to store with it what is answered. */
export type Creating<Created> = Acting & { readonly remember?: (tx: OrgTransaction, created: Created) => void };

/** What reasons say about a change by hand. */
export function sourceOfActing({ actor = { type: 'operator' }, undoes }: Acting): Source {
  return {
    by: 'id' in actor ? { type: actor.type, id: actor.id } : { type: actor.type },
    ...(undoes === undefined ? {} : { undoes }),
  };
}

/** What the events of what Rollcall does by itself say about their origin. */
export const byItself = (now: Date) => by({ now, actor: { type: 'rollcall' } });

/** What the events of a change by hand say about their origin. */
export const by = ({ now, actor = { type: 'operator' }, address, undoes }: Acting) => ({
  at: now,
  actor,
  address,
  undoes,
  requestId: undefined,
  members: 0,
  teams: 0,
});
