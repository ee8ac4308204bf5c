/**
 * The ordered feed of an organization: events 1, 2, 3 … without a gap, in the order in which their transactions
 * committed, so that a reader who remembers the last number it saw can never miss one.
 *
 * A number from a database sequence would not do. Transactions take their numbers while they run and commit in another
 * order: a reader that has seen 8 would never look again for 7, which commits a moment later; and a transaction that
 * fails leaves a hole that nobody can tell from an event that is still to come. Of the remedies (a reader that waits for
 * the oldest running transaction, a single writer, a counter row) the counter row is used: each organization has a row
 * of its own that a writing transaction raises as its last statement. The row's lock is held until the commit, so the
 * next writer of the same organization takes the next number only after this one is visible or undone. Writers of other
 * organizations do not meet. What it costs is that the commits of one organization follow one after the other.
 */

import type { ListedRule } from '../organization/address-lists.ts';
import type { BrakeCounts, BrakeKind } from '../organization/brake.ts';
import type { MemberOrigin, TeamOrigin } from '../organization/lifecycle.ts';
import type { Reason } from '../organization/plan.ts';
import type { RolesInForce } from '../organization/roles.ts';
import type { SignInProvider } from '../organization/sign-in.ts';
import type { Database } from '../store/database.ts';
import {
  type EventCounts,
  type EventOrigin,
  insertEvents,
  type StoredEvent,
  selectEvents,
} from '../store/event-rows.ts';
import type { OrgTransaction } from '../store/organization-transaction.ts';
import { withSubjects } from './subjects.ts';

export type MemberRef = { id: string; userName: string; externalId?: string };
export type TeamRef = { id: string; displayName: string };
export type ResourceRef = { resourceType: string; id: string; displayName?: string; externalId?: string };

type Named = { name: string };
/** The license that a person has a seat of, or the one that the person waits for. */
export type LicenseHeld = { license?: string | undefined; waitsFor?: string | undefined };

/** What somebody has who was created. No other event says what they are given by the transaction that creates them. */
export type AccessOfCreated = LicenseHeld & {
  role: string;
  /** Left out if there are none. */
  customRoles?: readonly string[];
  /** Why it is this role; left out if it is the one that everybody has. */
  roleReason?: Reason;
};

/** What an admin gave by hand, or mapped a group to. What is missing is nothing. */
type Given = { before?: string; after?: string };

/**
 * What a token may do, and from which ranges; an empty list of them is anywhere. `expiresAt` only where it changes: a time in ISO 8601,
 * null for no end.
 */
type TokenLimits = { scopes: string[]; addresses: string[]; expiresAt?: string | null };

/** For whom the lists of addresses hold. */
type AddressesFor = { appliesTo: string };

type RoleShown = { name: string; permissions: string[] };

type ProfileShown = { name: string; email?: string };

/** What a team gives to those who are in it; null is nothing. */
type TeamGives = { role: string | null; license: string | null };

/**
 * What the provider asked and what is not put in force. `hold` is the batch that holds the difference; null where what is in
 * force is what was asked again.
 */
export type HeldChange = {
  hold: string | null;
  asked: 'creation' | 'change' | 'removal';
  changed: Record<string, { before?: unknown; after?: unknown }>;
};

/** What happened, typed by kind. Names of kinds and of their data are a contract with products that read the feed. */
export type FeedEventBody =
  | {
      kind: 'member.created';
      data: {
        member: MemberRef;
        status: string;
        name: string;
        email?: string;
        /** The id of the removed member who came back. */
        returns?: string;
        reason: Reason;
      } & AccessOfCreated;
    }
  | {
      kind: 'member.updated';
      data: {
        member: MemberRef;
        changed: Record<string, { before?: unknown; after?: unknown }>;
        /** What it is called by and reached at from now on, where that is another. */
        inForce?: { before: ProfileShown; after: ProfileShown };
      };
    }
  | {
      kind: 'member.suspended' | 'member.reactivated';
      /** What they are called and what they may do only of whoever was removed: nobody need have kept it. */
      data: { member: MemberRef; before: string; after: string; reason: Reason } & Partial<ProfileShown & RolesInForce>;
    }
  | {
      kind: 'member.linked' | 'member.unlinked';
      /** A person who was handed over and whom the next provider has taken over was and is of the same origin. */
      data: { member: MemberRef; before: MemberOrigin; after: MemberOrigin; reason?: Reason };
    }
  /** It waits for the next provider to take it over; the external id was the one of the provider before. */
  | { kind: 'member.handed_over'; data: { member: MemberRef; reason: Reason } }
  | { kind: 'team.handed_over'; data: { team: TeamRef; externalId?: string; reason: Reason } }
  | { kind: 'member.held'; data: HeldChange & { member: MemberRef } }
  | {
      kind: 'team.held';
      data: HeldChange & {
        team: TeamRef;
        /** People who are asked to be in the team, or no longer to be in it. */
        joining: string[];
        leaving: string[];
      };
    }
  | { kind: 'member.linking_allowed'; data: { member: MemberRef } }
  | { kind: 'member.break_glass'; data: { member: MemberRef; before: boolean; after: boolean } }
  | { kind: 'member.invited'; data: { member: MemberRef; until: Date } }
  | { kind: 'member.unlocked'; data: { member: MemberRef; before: Date | null; until: Date | null } }
  | { kind: 'member.invitation_withdrawn'; data: { member: MemberRef } }
  | { kind: 'member.address_waits'; data: { member: MemberRef; address: string; until: Date } }
  | { kind: 'member.address_dropped'; data: { member: MemberRef; address: string } }
  | { kind: 'domain.added' | 'domain.verified' | 'domain.removed'; data: { domain: string } }
  | { kind: 'domain.lost'; data: { domain: string; problem: string } }
  | {
      kind: 'team.linked' | 'team.unlinked';
      data: { team: TeamRef; before: TeamOrigin; after: TeamOrigin; externalId?: string; reason?: Reason };
    }
  | { kind: 'team.linking_allowed'; data: { team: TeamRef } }
  | { kind: 'team.unlocked'; data: { team: TeamRef; before: Date | null; until: Date | null } }
  | {
      kind: 'member.removed';
      data: { member: MemberRef; before: string; reason: Reason } & ProfileShown & RolesInForce;
    }
  | {
      kind: 'member.role_changed';
      data: { changes: { member: string; before: RolesInForce; after: RolesInForce; reason: Reason }[] };
    }
  | {
      kind: 'member.license_changed';
      data: { changes: { member: string; before: LicenseHeld; after: LicenseHeld; reason: Reason }[] };
    }
  | {
      kind: 'member.given';
      /** Events from before `userName` was there are without it. */
      data: { member: string; userName?: string | undefined; role?: Given; license?: Given; signIn?: Given };
    }
  | {
      kind: 'role.created' | 'role.updated' | 'role.removed';
      data: { role: string; before?: RoleShown; after?: RoleShown };
    }
  | { kind: 'team.mapped'; data: { team: TeamRef; before: TeamGives; after: TeamGives } }
  | { kind: 'policy.changed'; data: { changed: Record<string, { before?: unknown; after?: unknown }> } }
  | { kind: 'license.seats_changed'; data: { license: string; before?: number | null; after: number | null } }
  | { kind: 'license.group_mapped'; data: { group: string } & Given }
  | { kind: 'token.ceiling_changed'; data: { token: { id: string; name: string }; before: string; after: string } }
  | { kind: 'organization.created'; data: { slug: string; name: string; plan: string } }
  | { kind: 'organization.updated'; data: { changed: Record<string, { before?: unknown; after?: unknown }> } }
  | {
      kind: 'schema.defined' | 'schema.changed';
      data: { schema: { id: string; name: string }; extends: string[]; before?: unknown; after: unknown };
    }
  | { kind: 'schema.removed'; data: { schema: { id: string; name: string }; before: unknown } }
  | {
      kind: 'resource_type.defined' | 'resource_type.changed';
      data: { resourceType: { name: string; endpoint: string; schema: string }; before?: unknown; after: unknown };
    }
  | {
      kind: 'resource_type.removed';
      data: { resourceType: { name: string; endpoint: string; schema: string }; resources: number; before: unknown };
    }
  | { kind: 'resource.created'; data: { resource: ResourceRef; attributes: Record<string, unknown> } }
  | { kind: 'resource.linked'; data: { resource: ResourceRef; before: string; after: string } }
  | { kind: 'resource.handed_over'; data: { resource: ResourceRef; reason: Reason } }
  | {
      kind: 'resource.updated';
      data: { resource: ResourceRef; changed: Record<string, { before?: unknown; after?: unknown }> };
    }
  | { kind: 'resource.removed'; data: { resource: ResourceRef; attributes: Record<string, unknown> } }
  | {
      kind: 'connection.state_changed';
      /** `choice` says what becomes of what a connection provisioned that ends; `confirmed` as above. */
      data: { connection: string; before: string; after: string; choice?: string; confirmed?: string[] };
    }
  | { kind: 'connection.created'; data: { connection: string; follows: string } }
  | {
      kind: 'connection.provider_changed';
      /** `confirmed` names the settings against which somebody confirmed it. */
      data: { connection: string; before: string; after: string; confirmed?: string[] };
    }
  | {
      kind: 'sign_in_provider.changed';
      data: { before: SignInProvider | null; after: SignInProvider | null; confirmed?: string[] };
    }
  | { kind: 'connection.profile_changed'; data: { connection: string; before: string; after: string } }
  | { kind: 'hold.settling' | 'hold.discarded'; data: { hold: string } }
  | {
      kind: 'hold.opened';
      /** By the brake: the kinds of which it was too much, and how many of each had passed in the window. */
      data: { hold: string; kinds: readonly BrakeKind[]; passed: BrakeCounts };
    }
  | { kind: 'hold.released'; data: { hold: string; refused: string[] } }
  | { kind: 'organization.reconciled'; data: { repaired: Record<string, number> } }
  | { kind: 'organization.drifted'; data: { drift: Record<string, number>; repaired: boolean; refused: number } }
  | { kind: 'connection.silent'; data: { connection: string; lastCallAt: Date; allowedMs: number } }
  | { kind: 'connection.heard_again'; data: { connection: string; silentSince: Date } }
  | {
      kind: 'addresses.changed';
      data: { before: AddressesFor; after: AddressesFor; rulesAdded: ListedRule[]; rulesRemoved: ListedRule[] };
    }
  | {
      kind: 'token.created';
      data: {
        token: { id: string; name: string };
        scopes: string[];
        /** Ranges that it may be used from; without them anywhere. */
        addresses?: string[];
        /** The strongest role that teams give by it; member if it is not there. */
        roleCeiling?: string;
        expiresAt?: Date;
        /** The id of the token that it takes over from. */
        replaces?: string;
      };
    }
  | { kind: 'token.renamed'; data: { token: { id: string; name: string }; before: Named; after: Named } }
  | { kind: 'token.revoked'; data: { token: { id: string } } }
  | {
      kind: 'token.limits_changed';
      data: { token: { id: string; name: string }; before: TokenLimits; after: TokenLimits };
    }
  | { kind: 'token.rotated'; data: { token: { id: string }; by: { id: string; name: string } } }
  | {
      kind: 'token.rotation_cancelled';
      data: { token: { id: string; name: string }; by: { id: string; name: string } };
    }
  | { kind: 'token.expiring'; data: { token: { id: string; name: string }; expiresAt: Date; days: number } }
  | {
      kind: 'api_key.created';
      data: {
        key: { id: string; name: string };
        scopes: string[];
        member?: { id: string; userName: string };
        expiresAt?: Date;
      };
    }
  | { kind: 'api_key.renamed'; data: { key: { id: string; name: string }; before: Named; after: Named } }
  | { kind: 'api_key.revoked'; data: { key: { id: string; name: string } } }
  | { kind: 'team.link_asked'; data: { team: TeamRef } }
  | { kind: 'team.link_settled'; data: { team: TeamRef; decision: 'link' | 'create' } }
  | {
      kind: 'team.created';
      data: {
        team: TeamRef;
        /** The id of the removed team that an admin brought back. */
        returns?: string;
        reason: Reason;
      };
    }
  | {
      kind: 'team.updated';
      data: {
        team: TeamRef;
        changed: Record<string, { before?: unknown; after?: unknown }>;
        /** The name in force before and from now on, where that is another. */
        inForce?: { before: string; after: string };
      };
    }
  | { kind: 'team.removed'; data: { team: TeamRef; gave: TeamGives; reason: Reason } }
  | {
      kind: 'team.members_changed';
      data: {
        team: TeamRef;
        /** People who are in the team from now on. */
        added: string[];
        /** People who are no longer in the team, or no longer waiting for it. */
        removed: string[];
        /** Those of both who had only waited for the team before; left out if nobody had. */
        waited?: string[];
        /** People who are asked for and not in force, by the rule that holds them back. */
        pending: Record<string, string[]>;
      };
    };

export type FeedEvent = FeedEventBody & {
  seq: number;
  at: Date;
  actor: Actor;
  requestId: string | undefined;
  /** The numbers of the events whose changes it has undone. */
  undoes?: number[];
};

/**
 * Who did it: a SCIM token, with the provider of its connection at that time, the operator, an API key of the organization, a
 * person through an API key of theirs, whose id is `key`, whoever followed the link that was mailed to a person, or Rollcall by
 * itself.
 */
export type Actor =
  | { type: 'token'; id: string; name: string; provider?: string }
  | { type: 'operator' }
  | { type: 'rollcall' }
  | { type: 'key'; id: string; name: string }
  | { type: 'member'; id: string; userName: string; key: string }
  | { type: 'link'; id: string; userName: string };

/** What brought events about, and what the transaction does to the organization's counts. */
export type EventsAbout = EventOrigin & { actor: Actor } & EventCounts;

/** Appends events to the feed of the transaction's organization. It must be the last thing that the transaction does. */
export function appendEvents(tx: OrgTransaction, events: readonly FeedEventBody[], about: EventsAbout): void {
  appendEventsOf(tx, [{ events, about }], about);
}

/** The same for the events of several changes, one change after the other; `counts` are what they do together. */
export function appendEventsOf(
  tx: OrgTransaction,
  changes: readonly { events: readonly FeedEventBody[]; about: EventOrigin }[],
  counts: EventCounts,
): void {
  const rows = changes.flatMap(({ events, about: { at, actor, requestId, address, undoes } }) =>
    events.map((event) => ({ ...withSubjects(event), at, actor, requestId, address, undoes })),
  );
  insertEvents(tx, rows, counts);
}

/** The events after a number, oldest first. */
export async function readEvents(
  db: Database,
  org: { id: string },
  page: { after: number; limit: number },
): Promise<FeedEvent[]> {
  return (await selectEvents(db, org.id, page)).map(asFeedEvent);
}

const asFeedEvent = (stored: StoredEvent) => stored as FeedEvent;
