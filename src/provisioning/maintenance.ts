import { Logger, run } from 'graphile-worker';
import type { Config } from '../config.ts';
import { limits } from '../limits.ts';
import { openMailTransport } from '../mail/transport.ts';
import { rhythmWindowMs } from '../organization/rhythm.ts';
import { type Database, openDatabase } from '../store/database.ts';
import { deleteOldMail, mailChannel } from '../store/mail-writing.ts';
import { openNotices } from '../store/notices.ts';
import { inOrganization } from '../store/organization-transaction.ts';
import {
  listDisconnecting,
  listOrganizationNames,
  listSettling,
  type OrganizationRef,
} from '../store/organizations.ts';
import { maintainPartitions } from '../store/partitions.ts';
import { purgeRemoved } from '../store/remembered.ts';
import { refreshStatistics } from '../store/statistics.ts';
import { deleteTraffic } from '../store/traffic-writing.ts';
import { type Acting, lasting, runningFrom } from './acting.ts';
import { alertExpiringTokens } from './alert-expiring-tokens.ts';
import { checkDomainsDue } from './change-domains.ts';
import { deliverMail } from './deliver-mail.ts';
import { goOnDisconnecting } from './disconnect.ts';
import { createDomainLookup } from './domain-lookup.ts';
import { forEachOrganization, type Round, type RoundOptions } from './for-each-organization.ts';
import { reconcile } from './reconcile.ts';
import { settleBatch } from './settle.ts';
import { watchSilence } from './watch-silence.ts';

export type Maintenance = { stop(): Promise<void> };

/**
 * Each at a quiet minute, and at once if the last time was missed. Mail is looked for every minute: what is tried again has
 * nobody who would say so. What was left unsettled is gone on with as often.
 */
const crontab = [
  '23 3 * * * maintain_partitions ?fill=1d&max=3',
  '33 3 * * * purge_removed ?fill=1d&max=3',
  '43 * * * * alert_expiring_tokens ?fill=1h&max=3',
  '17 * * * * check_domains ?max=2',
  '* * * * * send_mail ?jobKey=send_mail',
  '* * * * * settle_held ?jobKey=settle_held',
  '53 * * * * watch_silence ?fill=1h&max=3',
  '13 4 * * * forget_traffic ?fill=1d&max=3',
  '43 4 * * * reconcile ?fill=1d&max=3',
].join('\n');

/**
 * Starts the background work of one process: makes the partitions of the log and of the feed ahead of time, drops those beyond
 * their retention, sends mail, looks for the records of domains, deletes people, teams and mail that are no longer remembered,
 * tells organizations of tokens that are about to expire and of providers that are silent, compares what was asked with what is
 * in force, and keeps the planner's statistics fresh. The queue is shared by all processes on the database, and each of its
 * jobs runs in one of them.
 *
 * @param connectionString of the owner, who alone may change and analyze tables
 */
export async function startMaintenance(options: {
  connectionString: string;
  config: Config;
  databases: JobDatabases;
  /** Seals the texts of mail. */
  secretKey: string;
  log: (sentence: string) => void;
}): Promise<Maintenance> {
  const { connectionString, config, databases, secretKey, log } = options;
  const stopping = new AbortController();
  const owner = openDatabase({
    connectionString,
    role: undefined,
    max: 1,
    applicationName: 'rollcall maintenance',
    log,
  });
  const transport = mailTransport(config);
  const room = {
    ...databases,
    baseUrl: config.baseUrl,
    secretKey,
    transport,
    now: () => new Date(),
    log,
    isStopping: () => stopping.signal.aborted,
  };
  const round = { log, signal: stopping.signal };
  const lookUpDomain = createDomainLookup(config.dnsServers, limits.dnsTimeoutMs);
  const runner = await run({
    connectionString,
    schema: 'rollcall_jobs',
    maxPoolSize: 3,
    // Beside a mail server that is slow the other work goes on.
    concurrency: 2,
    noHandleSignals: true,
    crontab,
    taskList: {
      maintain_partitions: () => maintainPartitions(owner, new Date(), config),
      check_domains: () => checkDomainsDue(databases, lookUpDomain, new Date(), round),
      send_mail: () => deliverMail(room),
      purge_removed: () => purgeEverywhere(databases, new Date(), round),
      alert_expiring_tokens: () => alertExpiringTokens(databases, new Date(), round),
      settle_held: () => settleEverywhere(databases, new Date(), round),
      watch_silence: () => watchSilence(databases, new Date(), round),
      forget_traffic: () => forgetTraffic(databases, new Date(), round),
      reconcile: () => reconcileEverywhere(databases, new Date(), round),
    },
    logger: new Logger(() => (level, message) => {
      if (level === 'error') log(`Background jobs: ${message}`);
    }),
  });
  const wakeMail = oneAtATime(() => runner.addJob('send_mail', {}, { jobKey: 'send_mail' }));
  const notices = await openNotices(databases.jobs, mailChannel, wakeMail, log);
  let refreshing: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    // A database that is away is reported by those who need it.
    refreshing = refreshing.then(() => refreshStatistics(owner)).catch(() => undefined);
  }, limits.statisticsCheckMs);
  timer.unref();
  return {
    async stop() {
      stopping.abort();
      notices.stop();
      clearInterval(timer);
      await runner.stop();
      transport?.close();
      await refreshing;
      await owner.end();
    },
  };
}

type JobDatabases = { app: Database; jobs: Database };

function mailTransport({ smtpUrl, mailFrom }: Config) {
  if (smtpUrl === undefined || mailFrom === undefined) return undefined;
  return openMailTransport({
    url: smtpUrl,
    from: mailFrom,
    connectionsMax: limits.mailConnectionsMax,
    silenceMs: limits.mailSilenceMs,
    deadlineMs: limits.mailDeadlineMs,
  });
}

/** Calls that come while one runs become one more after it. What fails is nobody's: the clock asks again. */
function oneAtATime(call: () => Promise<unknown>): () => void {
  let isRunning = false;
  let isAsked = false;
  const start = (): void => {
    isRunning = true;
    isAsked = false;
    call()
      .catch(() => undefined)
      .finally(() => {
        isRunning = false;
        if (isAsked) start();
      });
  };
  return () => {
    if (isRunning) isAsked = true;
    else start();
  };
}

/** Deletes, one organization after the other, who was removed and what mail has ended and is no longer remembered. */
export async function purgeEverywhere({ app, jobs }: JobDatabases, now: Date, options: RoundOptions): Promise<void> {
  const mailBefore = new Date(now.getTime() - limits.mailKeptDays * 86_400_000);
  await forEachOrganization(await everybody(jobs, 'Forgetting who was removed of', options), async ({ id }) => {
    await purgeRemoved(app, id, now);
    await inOrganization(app, id, async (tx) => deleteOldMail(tx, mailBefore));
  });
}

/** Goes on with batches that somebody let go, and connections that are being disconnected, where a process ended or it took long. */
export async function settleEverywhere({ app, jobs }: JobDatabases, now: Date, options: RoundOptions): Promise<void> {
  const time = runningFrom(now);
  const acting = (by: unknown) => () => ({ now: time(), actor: by as NonNullable<Acting['actor']> });
  const turns = await listSettling(jobs);
  const what = ({ orgId, batch }: (typeof turns)[number]) => `Settling the batch ${batch} of the organization ${orgId}`;
  await forEachOrganization({ ...options, turns, what }, ({ orgId, batch, by }) =>
    settleBatch(app, { id: orgId }, batch, acting(by)),
  );
  const ending = await listDisconnecting(jobs);
  const ends = ({ orgId, connection }: (typeof ending)[number]) =>
    `Disconnecting the connection ${connection} of the organization ${orgId}`;
  await forEachOrganization({ ...options, turns: ending, what: ends }, ({ orgId, connection, by }) =>
    goOnDisconnecting(app, { id: orgId }, connection, acting(by)),
  );
}

/** Deletes, one organization after the other, counts of requests that are older than what a rhythm is measured over. */
export async function forgetTraffic({ app, jobs }: JobDatabases, now: Date, options: RoundOptions): Promise<void> {
  const before = new Date(now.getTime() - rhythmWindowMs);
  await forEachOrganization(await everybody(jobs, 'Forgetting old traffic of', options), ({ id }) =>
    inOrganization(app, id, async (tx) => deleteTraffic(tx, before)),
  );
}

/**
 * Compares, one organization after the other, what was asked with what is in force, and repairs what does not follow of a few
 * people: more than limits.repairedByItselfMax are only reported.
 */
export async function reconcileEverywhere(
  { app, jobs }: JobDatabases,
  now: Date,
  options: RoundOptions,
): Promise<void> {
  const moment = lasting({ now, actor: { type: 'rollcall' } });
  await forEachOrganization(await everybody(jobs, 'Comparing', options), (org) =>
    reconcile(app, org, limits.repairedByItselfMax, moment(), options.signal),
  );
}

/** A round in which every organization has its turn. */
async function everybody(jobs: Database, does: string, options: RoundOptions): Promise<Round<OrganizationRef>> {
  return {
    ...options,
    turns: await listOrganizationNames(jobs),
    what: ({ slug }) => `${does} the organization ${slug}`,
  };
}
