import { randomBytes } from 'node:crypto';
import type { FeedEventBody } from '../events/feed.ts';
import { limits } from '../limits.ts';
import {
  type DomainFinding,
  type DomainStanding,
  domainAfter,
  domainName,
  domainRecord,
  isPublicDomain,
  pendingDays,
} from '../organization/domains.ts';
import type { Database } from '../store/database.ts';
import { claimDomain, deleteDomain, freeDomain, insertDomain, updateDomain } from '../store/domain-writing.ts';
import { countDomains, findDomain, lockDomain, type StoredDomain } from '../store/domains.ts';
import { findDomainsDue } from '../store/domains-due.ts';
import { OperatorError } from '../store/operator-error.ts';
import type { OrgTransaction } from '../store/organization-transaction.ts';
import { type Acting, type Creating, lasting } from './acting.ts';
import { commitByHand } from './commit-by-hand.ts';
import type { DomainLookup } from './domain-lookup.ts';
import { forEachOrganization, type RoundOptions } from './for-each-organization.ts';
import { notifyAdmins } from './notify-admins.ts';

/** A domain that was added, with what its record has to say. */
export type AddedDomain = { name: string; token: string };

/**
 * Adds a domain that the organization says is its own. It counts for nothing until its record was seen.
 *
 * @throws OperatorError setting_invalid for what is no domain of an organization, refused if it is there or there are too many
 */
export async function addDomain(
  db: Database,
  org: { id: string },
  text: string,
  at: Creating<AddedDomain>,
): Promise<AddedDomain> {
  const name = readOwnDomain(text);
  const token = randomBytes(20).toString('hex');
  return await commitByHand(
    db,
    org,
    at,
    async (tx, { now }) => {
      if ((await countDomains(tx)) >= limits.domainsMax) {
        throw new OperatorError(
          'refused',
          `An organization has ${limits.domainsMax} domains at most; remove one first.`,
        );
      }
      insertDomain(tx, { name, token, now });
      const added = { name, token };
      at.remember?.(tx, added);
      return { result: added, events: [{ kind: 'domain.added', data: { domain: name } }] };
    },
    () => new OperatorError('refused', `The organization has the domain ${name} already.`),
  );
}

/**
 * Removes a domain. What was in force by it stays.
 *
 * @throws OperatorError not_found
 */
export async function removeDomain(db: Database, org: { id: string }, text: string, at: Acting): Promise<void> {
  const name = readDomain(text);
  await commitByHand(db, org, at, async (tx) => {
    const { state } = await lockedDomain(tx, name);
    deleteDomain(tx, name);
    freeDomain(tx, name);
    const events: FeedEventBody[] = [{ kind: 'domain.removed', data: { domain: name } }];
    return { result: undefined, events, governs: state === 'verified' };
  });
}

/**
 * Looks for the record of a domain now, and stores what it found.
 *
 * @throws OperatorError not_found, too_soon after another look, or refused if another organization has shown the domain to be its
 * own. Nobody is told so who has not shown it too.
 */
export async function checkDomain(
  db: Database,
  org: { id: string },
  text: string,
  lookUp: DomainLookup,
  at: Acting,
): Promise<StoredDomain> {
  const moment = lasting(at);
  const name = readDomain(text);
  const known = await findDomain(db, org, name);
  if (known === undefined) throw noSuchDomain(name);
  const againMs = (known.checkedAt?.getTime() ?? 0) + limits.domainCheckPauseSeconds * 1000;
  if (at.now.getTime() < againMs) {
    throw new OperatorError('too_soon', `${name} was looked for a moment ago; try again in a few seconds.`);
  }
  const finding = await lookUp(domainRecord(name, known.token));
  return await storeFinding(db, org, name, finding, moment(), at.now);
}

/**
 * Stores what a look at a domain's record found, with the event and the alert if the domain's state changes.
 *
 * @param begun the pause until the next look counts from then
 */
async function storeFinding(
  db: Database,
  org: { id: string },
  name: string,
  finding: DomainFinding,
  at: Acting,
  begun: Date,
): Promise<StoredDomain> {
  return await commitByHand(
    db,
    org,
    at,
    async (tx, { now }) => {
      const before = await lockedDomain(tx, name);
      const after = domainAfter(before, finding, now);
      const problem = finding.is === 'proven' ? undefined : finding.problem;
      updateDomain(tx, name, { ...after, problem, dueAt: nextLook(before, after, finding, begun), now });
      const result = { ...before, ...after, problem, checkedAt: now };
      if (after.state === before.state) return { result, events: [] };
      const isVerified = after.state === 'verified';
      if (isVerified) claimDomain(tx, name);
      else freeDomain(tx, name);
      if (after.state === 'lost') notifyAdmins(tx, { kind: 'domain-lost', says: lostAlert(name) }, now);
      const event: FeedEventBody = isVerified
        ? { kind: 'domain.verified', data: { domain: name } }
        : { kind: 'domain.lost', data: { domain: name, problem: problem ?? '' } };
      return { result, events: [event], governs: true };
    },
    () =>
      new OperatorError(
        'refused',
        `The record of ${name} is right, but another organization of this Rollcall has verified the domain, and has to remove it first.`,
      ),
  );
}

const lostAlert = (name: string) =>
  `The domain ${name} counts as yours no more, since its DNS record is gone: addresses in it are not trusted. Put the record back, and check the domain again.`;

function nextLook(
  { createdAt }: StoredDomain,
  { state }: DomainStanding,
  { is }: DomainFinding,
  now: Date,
): Date | undefined {
  const inHours = (hours: number) => new Date(now.getTime() + hours * 3_600_000);
  if (state === 'verified') return inHours(is === 'unknown' ? 1 : 24);
  const isFresh = now.getTime() - createdAt.getTime() < pendingDays * 86_400_000;
  return state === 'pending' && isFresh ? inHours(1) : undefined;
}

/** Looks for the records that are due, some at a time. What fails is due again at the next call. */
export async function checkDomainsDue(
  { app, jobs }: { app: Database; jobs: Database },
  lookUp: DomainLookup,
  now: Date,
  options: RoundOptions,
): Promise<void> {
  const moment = lasting({ now, actor: { type: 'rollcall' } });
  const due = await findDomainsDue(jobs, now, limits.domainChecksPerHour);
  const what = ({ orgId, name }: (typeof due)[number]) => `Checking the domain ${name} of the organization ${orgId}`;
  // Several go through the same list, so that one that waits for an answer keeps nobody waiting.
  const turns = due.values();
  const round = () =>
    forEachOrganization({ ...options, turns, what }, async ({ orgId, name }) => {
      const org = { id: orgId };
      const found = await findDomain(app, org, name);
      if (found === undefined) return;
      const finding = await lookUp(domainRecord(name, found.token));
      await storeFinding(app, org, name, finding, moment(), now);
    });
  await Promise.all(Array.from({ length: limits.domainChecksAtOnce }, round));
}

/** @throws OperatorError setting_invalid for what is no domain that an organization can have */
export function readOwnDomain(text: string): string {
  const name = readDomain(text);
  if (!isPublicDomain(name)) return name;
  throw new OperatorError(
    'setting_invalid',
    `Everybody can have an address in ${name}, so it cannot be verified. Take the domain of your own addresses.`,
  );
}

/** @throws OperatorError setting_invalid */
function readDomain(text: string): string {
  const name = domainName(text);
  if (name !== undefined) return name;
  throw new OperatorError(
    'setting_invalid',
    `${JSON.stringify(text)} is not the domain of e-mail addresses; it looks like acme.example.`,
  );
}

async function lockedDomain(tx: OrgTransaction, name: string): Promise<StoredDomain> {
  const domain = await lockDomain(tx, name);
  if (domain === undefined) throw noSuchDomain(name);
  return domain;
}

const noSuchDomain = (name: string) =>
  new OperatorError('not_found', `The organization has no domain ${name}; add it first.`);
