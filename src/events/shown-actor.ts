import type { Policy } from '../organization/policy.ts';
import type { Database } from '../store/database.ts';
import { readGoverned } from '../store/governing.ts';
import type { Actor } from './feed.ts';

/** How the policy names who asked what the provider asked (K29). */
export type ActorNaming = Policy['auditActor'];

/** Whoever did something, as an audit shows them. */
export type ShownActor = Actor | { type: 'service'; name: string } | { type: 'nobody' };

/** How the policy of an organization names the provider now. */
export const readActorNaming = async (db: Database, org: { id: string }): Promise<ActorNaming> =>
  (await readGoverned(db, org.id)).policy.auditActor;

/** Whom an audit names for an event. What is stored names the token whatever the policy says. */
export function shownActor(event: { kind: string; actor: unknown }, naming: ActorNaming): ShownActor {
  const actor = event.actor as Actor;
  if (actor.type !== 'token') return actor;
  switch (naming) {
    case 'token':
      return actor;
    case 'service':
      return { type: 'service', name: 'SCIM service' };
    case 'nobody-for-removed-teams':
      return event.kind === 'team.removed' ? { type: 'nobody' } : actor;
  }
}
