import { v7 as newUuid } from 'uuid';
import type { FeedEventBody } from '../events/feed.ts';
import { limits } from '../limits.ts';
import { endsForGood } from '../organization/disconnecting.ts';
import type { ConnectionState, Holding, SwitchedState } from '../organization/holding.ts';
import { mayProvision } from '../organization/plans.ts';
import type { Confirmation, Policy } from '../organization/policy.ts';
import {
  confirmationOf,
  declaredOf,
  goesOnAgainst,
  howToAgree,
  objectionTo,
  type Providers,
  sayProviders,
  standingOf,
} from '../organization/sign-in.ts';
import { lockSeats } from '../store/access-writing.ts';
import { type LockedConnection, lockConnection, readConnection } from '../store/connections.ts';
import type { Database } from '../store/database.ts';
import { type Governed, readGovernedIn } from '../store/governing.ts';
import { openBatch, updateBatch } from '../store/held-writing.ts';
import { OperatorError } from '../store/operator-error.ts';
import type { OrgTransaction } from '../store/organization-transaction.ts';
import { updateConnectionState } from '../store/organization-writing.ts';
import { readSignInProvider } from '../store/sign-in-providers.ts';
import { readLastSeq } from '../store/snapshot.ts';
import { type Acting, type Asking, lasting } from './acting.ts';
import { type Confirmed, overruledBy } from './change-providers.ts';
import { commitByHand } from './commit-by-hand.ts';
import { disconnect, type ExpectedConnection } from './disconnect.ts';
import { readDisconnectItems, sayOfDisconnecting } from './disconnect-plan.ts';
import type { ForeseenLine } from './foreseen-line.ts';
import type { HeldItem } from './held-plan.ts';
import { assertNotEnding } from './hold.ts';
import {
  asPlanned,
  assertShown,
  gather,
  gatherPlan,
  type HeldPlan,
  isOutdated,
  lookAgain,
  type PlanPage,
  readHeldItems,
  refusalIn,
} from './plan-held.ts';
import { type Settled, settleBatch } from './settle.ts';

/** What became of a switch: whether the state is another one, and how what was held was put in force. */
export type Switched = {
  changed: boolean;
  settled: Settled | undefined;
  /** Whether the connection has ended by it (K19), perhaps not yet wholly (`settled`). */
  ended: boolean;
  /** What an admin should know of who signs people in, now that provisioning was turned on. */
  warnings: readonly string[];
};

/**
 * Gives the organization's connection another state. Off refuses the provider's requests and leaves everything as it is
 * (behaviors.md D41), unless the policy says that the connection ends by it (K19, P8). Observing and paused take them, store what
 * is asked and put nothing in force. On puts in force what was held until then, and from then on what is asked.
 *
 * @param version the version of the plan that was shown; without it whatever there is happens, unless the connection ends by it
 * @param isExpected whether the caller knows the connection that there is; what it throws refuses the switch
 * @param confirmed the settings whose word somebody has given: that of two providers is `sameSignInProvider`
 * @throws OperatorError refused if the organization's plan has no provisioning (D2, B1, P14); refused or unconfirmed if another
 *   provider signs people in (K30); unplanned if the connection ends by it and no plan was shown; changed if the plan of what is held is another one than the version names
 */
export async function switchConnection(
  db: Database,
  org: { id: string },
  to: SwitchedState,
  at: Acting,
  version?: string,
  confirmed: Confirmed = [],
  isExpected: ExpectedConnection = () => undefined,
): Promise<Switched> {
  const moment = lasting(at);
  const tried = await asPlanned(
    version,
    (seen) => trySwitch(db, org, to, moment(), seen, { confirmed, isExpected }),
    () => planSwitch(db, org, to, { from: 0, limit: 0 }, at),
  );
  if (tried === endsByIt) {
    const isEnded: ExpectedConnection = (connection) => {
      isExpected(connection);
      assertEndShown(version);
    };
    const { isDone } = await disconnect(db, org, 'keep', moment(), version, isEnded);
    return { changed: true, settled: isDone ? undefined : { isDone, refused: [] }, ended: true, warnings: [] };
  }
  const { changed, batch, warnings } = tried;
  const untilMs = performance.now() + limits.settleInlineMs;
  const settled = batch === undefined ? undefined : await settleBatch(db, org, batch, moment, untilMs);
  return { changed, settled, ended: false, warnings };
}

/** The plan of a switch, one page of it. */
export type SwitchPlan = HeldPlan & {
  /** What has to be confirmed for it. */
  confirm: readonly Confirmation[];
  /** What an admin should know of it that nobody has to confirm, in words. */
  warnings: readonly string[];
};

/**
 * What a switch would bring about, one page of it.
 *
 * @param by who would switch: what ends the connection may be refused to one and not to another
 */
export async function planSwitch(
  db: Database,
  org: { id: string },
  to: SwitchedState,
  page: PlanPage,
  by: Asking = {},
): Promise<SwitchPlan> {
  let said: SaidOfSwitch = nothingSaid;
  const tell = (saying: SaidOfSwitch) => {
    said = saying;
  };
  const context = { by, now: new Date() };
  const plan = await gatherPlan(db, org, (tx) => readSwitch(tx, to, context, tell), page);
  return { ...plan, ...said };
}

/** What will be otherwise by the time of a switch, which the transaction that plans it does not see. */
export type ByThen = {
  /** Who provisions and signs in. */
  readonly providers: Providers;
  /** Domains that the organization will not have. */
  readonly leaving: readonly string[];
  /** Those who would wait for seats, where that is only foreseen. */
  readonly line?: ForeseenLine | undefined;
};

/** The plan of a switch that follows on what a transaction has done, one page of it. */
export async function planSwitchAfter(
  tx: OrgTransaction,
  to: SwitchedState,
  page: PlanPage,
  at: Acting,
  byThen: ByThen,
): Promise<HeldPlan> {
  let refusal: string | undefined;
  const tell = (said: SaidOfSwitch) => {
    refusal = said.refusal;
  };
  return { ...(await gather(readSwitch(tx, to, { by: at, now: at.now, ...byThen }, tell), page)), refusal };
}

/**
 * Holds that a switch is possible that follows on what a transaction does.
 *
 * @throws OperatorError refused
 */
export async function assertSwitchPossible(
  tx: OrgTransaction,
  to: SwitchedState,
  policy: Policy,
  at: Acting,
  { providers }: Pick<ByThen, 'providers'>,
): Promise<void> {
  const connection = await readConnection(tx, { id: tx.orgId });
  const { refusal } = await sayOfSwitch(tx, connection, to, { by: at, providers, policy });
  if (refusal !== undefined) throw new OperatorError('refused', refusal);
}

/** What there is to say of a switch beside its items. */
type SaidOfSwitch = Pick<SwitchPlan, 'refusal' | 'confirm' | 'warnings'>;
const nothingSaid: SaidOfSwitch = { refusal: undefined, confirm: [], warnings: [] };

/** The number of the organization's last event, and then the items of a switch. Tells what there is to say of it. */
async function* readSwitch(
  tx: OrgTransaction,
  to: SwitchedState,
  { by, now, providers, ...byThen }: { by: Asking; now: Date } & Partial<ByThen>,
  tell: (said: SaidOfSwitch) => void,
): AsyncGenerator<number | HeldItem[], void> {
  yield await readLastSeq(tx);
  const connection = await readConnection(tx, { id: tx.orgId });
  const governed = await readGovernedIn(tx);
  const { policy } = governed;
  tell(await sayOfSwitch(tx, connection, to, { by, providers, policy }));
  if (isForGood(to, connection, governed)) {
    yield* readDisconnectItems(tx, connection.id, 'keep', byThen.line);
    return;
  }
  const batch = to === 'on' ? connectionBatch(governed, connection.id) : undefined;
  if (batch !== undefined) yield* readHeldItems(tx, batch.id, now, byThen);
}

/** Whether turning off ends the connection (K19). One that is off has nothing to turn off. */
const isForGood = (to: SwitchedState, { state }: { state: ConnectionState }, { policy }: Pick<Governed, 'policy'>) =>
  to === 'off' && policy.turnOff === 'discard' && state !== 'off';

/**
 * Holds that somebody has been shown the plan of a switch that ends the connection.
 *
 * @throws OperatorError unplanned
 */
export const assertEndShown = (version: string | undefined): void =>
  assertShown(
    version,
    'Turning off ends this connection for good, as the policy says (setting turnOff), and happens only as its plan showed it. Look at the plan ' +
      '(rollcall connection plan <org> off, GET …/connection/plan?to=off, or the plan of a configuration), and repeat this with its version: ' +
      'rollcall connection off <org> --plan <version>, or If-Match.',
  );

async function readProviders(tx: OrgTransaction, { provider }: { provider: string }): Promise<Providers> {
  return { scim: provider, signIn: declaredOf(await readSignInProvider(tx))?.provider };
}

type Switching = Pick<LockedConnection, 'state' | 'plan'>;

/** What takes requests already goes on: only the beginning is asked about. */
const isBeginning = (before: ConnectionState, to: SwitchedState) => before === 'off' && to !== 'off';

/**
 * What an event says of a confirmation that a switch needed.
 *
 * @throws OperatorError refused, or unconfirmed
 */
function assertPossible(
  { state, plan }: Switching,
  to: SwitchedState,
  providers: Providers,
  { policy }: Pick<Governed, 'policy'>,
  confirmed: Confirmed,
): ReturnType<typeof overruledBy> {
  if (isBeginning(state, to) && !mayProvision(plan)) throw noProvisioning();
  assertNotEnding(state);
  return isBeginning(state, to) ? overruledBy(providers, to, policy, confirmed) : {};
}

async function sayOfSwitch(
  tx: OrgTransaction,
  connection: Switching & { id: string; provider: string },
  to: SwitchedState,
  { by, providers, policy }: { by: Asking; providers: Providers | undefined; policy: Policy },
): Promise<SaidOfSwitch> {
  if (isForGood(to, connection, { policy })) {
    const { refusal } = await sayOfDisconnecting(tx, connection, 'keep', by);
    return { ...nothingSaid, refusal, warnings: [endsForGood] };
  }
  const two = providers ?? (await readProviders(tx, connection));
  const refusal = refusalIn(() => assertPossible(connection, to, two, { policy }, 'all'));
  if (refusal !== undefined) return { ...nothingSaid, refusal };
  const objection = isBeginning(connection.state, to) ? objectionTo(two, policy.sameSignInProvider) : undefined;
  const confirm = objection === undefined ? [] : confirmationOf(objection);
  return { refusal, confirm, warnings: confirm.length > 0 ? [] : warningsOf(connection, to, two, { policy }) };
}

/** What an admin should know of who signs people in. What was held is put in force as what is asked would be, so it only warns. */
function warningsOf(
  { state: before }: Switching,
  to: SwitchedState,
  providers: Providers,
  { policy: { sameSignInProvider: rule } }: Pick<Governed, 'policy'>,
): string[] {
  if (!isBeginning(before, to)) return to === 'on' && before !== 'on' ? goesOnAgainst(providers, rule) : [];
  const isWarned = rule !== 'any' && standingOf(providers) !== 'same';
  return isWarned ? [`${sayProviders(providers)}. ${howToAgree(providers)}.`] : [];
}

/** What a switch comes to that the policy makes the end of the connection. */
const endsByIt = 'ends';

type Tried = Omit<Switched, 'settled' | 'ended'> & { batch: string | undefined };

async function trySwitch(
  db: Database,
  org: { id: string },
  to: SwitchedState,
  at: Acting,
  version: string | undefined,
  { confirmed, isExpected }: { confirmed: Confirmed; isExpected: ExpectedConnection },
): Promise<Tried | typeof lookAgain | typeof endsByIt> {
  return await commitByHand<Tried | typeof lookAgain | typeof endsByIt>(db, org, at, async (tx, { governed, now }) => {
    const connection = await lockConnection(tx);
    if (isForGood(to, connection, governed)) return { result: endsByIt, events: [] };
    isExpected(connection);
    const { id, state: before } = connection;
    const providers = await readProviders(tx, connection);
    const overruled = assertPossible(connection, to, providers, governed, confirmed);
    if (version !== undefined) await lockSeats(tx);
    if (await isOutdated(tx, version)) return { result: lookAgain, events: [] };
    const events: FeedEventBody[] = [];
    if (before !== to) {
      updateConnectionState(tx, id, to, now);
      events.push({ kind: 'connection.state_changed', data: { connection: id, before, after: to, ...overruled } });
    }
    const held = connectionBatch(governed, id);
    if ((to === 'observing' || to === 'paused') && held?.state !== 'open') {
      openBatch(tx, { id: newUuid({ msecs: now.getTime() }), connectionId: id, now });
    }
    const batch = to === 'on' ? held?.id : undefined;
    if (batch !== undefined && held?.state === 'open') {
      updateBatch(tx, batch, { state: 'settling', by: at.actor ?? { type: 'operator' }, now });
      events.push({ kind: 'hold.settling', data: { hold: batch } });
    }
    const warnings = warningsOf(connection, to, providers, governed);
    return { result: { changed: before !== to, batch, warnings }, events, governs: true };
  });
}

/** The batch of what a connection holds because it observes or is paused, or has done so until now. */
const connectionBatch = ({ heldBatches }: Holding, id: string) =>
  heldBatches.find(({ connection, cause }) => connection === id && cause === 'connection');

const noProvisioning = () =>
  new OperatorError(
    'refused',
    'The plan of this organization has no provisioning. Give it another plan: rollcall org change <org> --plan pro',
  );
