import { limits } from '../limits.ts';
import { type Diagnosis, diagnose } from '../organization/doctor.ts';
import { brakeBatch } from '../organization/holding.ts';
import { rhythmWindowMs, silenceAllowedMs } from '../organization/rhythm.ts';
import { declaredOf } from '../organization/sign-in.ts';
import { expiryAlertDays } from '../organization/token-expiry.ts';
import { findConnection, readConnection, type StoredConnection } from '../store/connections.ts';
import type { Database } from '../store/database.ts';
import { readGoverned } from '../store/governing.ts';
import { OperatorError } from '../store/operator-error.ts';
import { findSignInProvider } from '../store/sign-in-providers.ts';
import {
  type ConnectionTraffic,
  countHeldBySuspension,
  findTeamOfEveryone,
  readConnectionTraffic,
  readCounted,
  readEndedTraffic,
} from '../store/traffic.ts';
import { lastReconciliation, type Reconciliation } from './reconcile.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** How requests were answered in some time. */
export type AnswerShare = {
  requests: number;
  errors: number;
  /** Errors among the requests, from 0 to 1; 0 without requests. */
  errorShare: number;
  byAnswer: { status: number; scimType: string | undefined; count: number }[];
};

/** How the connection of an organization does. */
export type ConnectionHealth = {
  connection: Pick<StoredConnection, 'id' | 'state'>;
  /** When it ended, if it has: the last hour and day are those before. */
  endedAt: Date | undefined;
  /** The last comparison of the whole organization. */
  reconciliation: Reconciliation | undefined;
  lastCall: ConnectionTraffic['lastCall'];
  /** How long the provider may be silent, as it called before; undefined while it has no rhythm. Milliseconds. */
  silenceAllowedMs: number | undefined;
  isSilent: boolean;
  lastHour: AnswerShare;
  lastDay: AnswerShare;
  expiring: (ConnectionTraffic['expiring'][number] & { daysLeft: number })[];
  differences: ConnectionTraffic['differences'];
  /** False where there are more differences of a kind than limits.differencesCountedMax, of which so many are counted. */
  differencesExact: boolean;
};

/**
 * Reads how a connection of an organization does, or how it did until it ended.
 *
 * @param id of the connection; the one that there is without it
 * @throws OperatorError not_found
 */
export async function readConnectionHealth(
  db: Database,
  org: { id: string },
  now: Date,
  id?: string,
): Promise<ConnectionHealth> {
  if (id === undefined) return await readCurrentHealth(db, org, now);
  const connection = await findConnection(db, org, id);
  if (connection === undefined) {
    throw new OperatorError('not_found', `There is no connection ${id} in this organization.`);
  }
  const { endedAt } = connection;
  return endedAt === undefined
    ? await readCurrentHealth(db, org, now)
    : await readEndedHealth(db, org, { ...connection, endedAt });
}

/** In one round trip for what is counted. */
async function readCurrentHealth(db: Database, org: { id: string }, now: Date): Promise<ConnectionHealth> {
  const before = (ms: number) => new Date(now.getTime() - ms);
  const times = {
    now,
    hour: before(hourMs),
    day: before(dayMs),
    rhythm: before(rhythmWindowMs),
    expiry: new Date(now.getTime() + Math.max(...expiryAlertDays) * dayMs),
  };
  const most = limits.differencesCountedMax;
  const [connection, reconciliation, traffic] = await Promise.all([
    readConnection(db, org),
    lastReconciliation(db, org),
    readConnectionTraffic(db, org.id, times, most),
  ]);
  const allowedMs = silenceAllowedMs(traffic.calls);
  const { lastCall, silentSince } = traffic;
  const silentMs = lastCall === undefined ? undefined : now.getTime() - lastCall.at.getTime();
  const countOf = (of: ConnectionTraffic['differences'][number]['of']) =>
    traffic.differences.reduce((total, each) => total + (each.of === of ? each.count : 0), 0);
  return {
    connection,
    endedAt: undefined,
    reconciliation,
    lastCall,
    silenceAllowedMs: allowedMs,
    isSilent:
      (silentSince !== undefined && lastCall?.at.getTime() === silentSince.getTime()) ||
      (allowedMs !== undefined && silentMs !== undefined && silentMs > allowedMs),
    ...sharesOf(traffic.answers),
    expiring: traffic.expiring.map((token) => ({
      ...token,
      daysLeft: Math.floor((token.expiresAt.getTime() - now.getTime()) / dayMs),
    })),
    differences: traffic.differences,
    differencesExact: (['members', 'teams', 'memberships'] as const).every((of) => countOf(of) < most),
  };
}

/** Of a connection that has ended nothing expires, is asked or is compared any more. */
async function readEndedHealth(
  db: Database,
  org: { id: string },
  connection: Pick<StoredConnection, 'id' | 'state'> & { endedAt: Date },
): Promise<ConnectionHealth> {
  const { id, endedAt } = connection;
  const before = (ms: number) => new Date(endedAt.getTime() - ms);
  const times = { hour: before(hourMs), day: before(dayMs), end: endedAt };
  const { answers, lastCall } = await readEndedTraffic(db, org.id, id, times);
  return {
    connection,
    endedAt,
    reconciliation: undefined,
    lastCall,
    silenceAllowedMs: undefined,
    isSilent: false,
    ...sharesOf(answers),
    expiring: [],
    differences: [],
    differencesExact: true,
  };
}

const sharesOf = (answers: ConnectionTraffic['answers']) => ({
  lastHour: share(answers.map(({ name, lastHour: count }) => ({ name, count }))),
  lastDay: share(answers.map(({ name, lastDay: count }) => ({ name, count }))),
});

function share(answers: readonly { name: string; count: number }[]): AnswerShare {
  const byAnswer = answers
    .filter(({ count }) => count > 0)
    .map(({ name, count }) => {
      const [status = '', scimType] = name.split(' ', 2);
      return { status: Number(status), scimType, count };
    });
  const total = (of: typeof byAnswer) => of.reduce((sum, { count }) => sum + count, 0);
  const [requests, errors] = [total(byAnswer), total(byAnswer.filter(({ status }) => status >= 400))];
  return { requests, errors, errorShare: requests === 0 ? 0 : errors / requests, byAnswer };
}

/** Finds what is set up in a way that does not work well, from the traffic since then. */
export async function diagnoseConnection(
  db: Database,
  org: { id: string },
  since: Date,
): Promise<Diagnosis & { connection: StoredConnection }> {
  const [connection, governed, signs, answers, heldMemberships, teamOfEveryone, signIn] = await Promise.all([
    readConnection(db, org),
    readGoverned(db, org.id),
    readCounted(db, org.id, 'sign', since),
    readCounted(db, org.id, 'answer', since),
    countHeldBySuspension(db, org.id, limits.differencesCountedMax),
    findTeamOfEveryone(db, org.id),
    findSignInProvider(db, org),
  ]);
  const { scimProfile: profile } = connection;
  const { policy } = governed;
  const braked = brakeBatch(governed, connection.id);
  const providers =
    connection.state === 'off' || connection.state === 'disconnecting'
      ? undefined
      : {
          scim: connection.provider,
          signIn: declaredOf(signIn)?.provider,
          wasDeclared: signIn?.removedAt !== undefined,
        };
  const diagnosed = { profile, policy, signs, answers, heldMemberships, braked, teamOfEveryone, providers };
  return { connection, ...diagnose(diagnosed) };
}
