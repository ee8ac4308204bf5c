import { v7 as newUuid } from 'uuid';
import type { FeedEventBody } from '../events/feed.ts';
import { limits } from '../limits.ts';
import type { Holding, SwitchedState } from '../organization/holding.ts';
import { mayProvision } from '../organization/plans.ts';
import type { Policy } from '../organization/policy.ts';
import { declaredOf, howToAgree, sayProviders, standingOf } from '../organization/sign-in.ts';
import { lockSeats } from '../store/access-writing.ts';
import { lockConnection, readConnection } from '../store/connections.ts';
import type { Database } from '../store/database.ts';
import { readGoverned } from '../store/governing.ts';
import { openBatch, updateBatch } from '../store/held-writing.ts';
import { OperatorError } from '../store/operator-error.ts';
import { updateConnectionState } from '../store/organization-writing.ts';
import { readSignInProvider } from '../store/sign-in-providers.ts';
import type { Acting } from './acting.ts';
import { type Confirmed, overruledBy } from './change-providers.ts';
import { commitByHand } from './commit-by-hand.ts';
import { disconnect, type ExpectedConnection } from './disconnect.ts';
import { planDisconnect } from './disconnect-plan.ts';
import { assertNotEnding } from './hold.ts';
import { asPlanned, type HeldPlan, isOutdated, lookAgain, type PlanPage, planHeld } from './plan-held.ts';
import { type Settled, settleBatch } from './settle.ts';

/** What became of a switch: whether the state is another one, and how what was held was put in force. */
export type Switched = {
  changed: boolean;
  settled: Settled | undefined;
  /** What an admin should know of who signs people in, now that provisioning was turned on. */
  warnings: readonly string[];
};

/**
 * Gives the organization's connection another state. Off refuses the provider's requests and leaves everything as it is
 * (behaviors.md D41), unless the policy says that the connection ends by it (K19, P8). Observing and paused take them, store what
 * is asked and put nothing in force. On puts in force what was held until then, and from then on what is asked.
 *
 * @param version the version of the plan that was shown; without it whatever there is happens
 * @param isExpected whether the caller knows the connection that there is; what it throws refuses the switch
 * @param confirmed the settings whose word somebody has given: that of two providers is `sameSignInProvider`
 * @throws OperatorError refused if the organization's plan has no provisioning (D2, B1, P14); refused or unconfirmed if another
 *   provider signs people in (K30); changed if the plan of what is held is another one than the version names
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
  if (await isForGood(db, org, to)) {
    const { isDone } = await disconnect(db, org, 'keep', at, version, isExpected);
    return { changed: true, settled: isDone ? undefined : { isDone, refused: [] }, warnings: [] };
  }
  const { changed, batch, warnings } = await asPlanned(
    version,
    (seen) => trySwitch(db, org, to, at, seen, { confirmed, isExpected }),
    () => planSwitch(db, org, to, { from: 0, limit: 0 }),
  );
  const untilMs = performance.now() + limits.settleInlineMs;
  const settled = batch === undefined ? undefined : await settleBatch(db, org, batch, at, untilMs);
  return { changed, settled, warnings };
}

/**
 * What a switch would bring about, one page of it.
 *
 * @param turnOff what turning off will be, by a policy that is to come before it
 */
export async function planSwitch(
  db: Database,
  org: { id: string },
  to: SwitchedState,
  page: PlanPage,
  turnOff?: Policy['turnOff'],
): Promise<HeldPlan> {
  if (await isForGood(db, org, to, turnOff)) return await planDisconnect(db, org, 'keep', page);
  const { id: connection } = await readConnection(db, org);
  const batch = connectionBatch(await readGoverned(db, org.id), connection);
  return await planHeld(db, org, to === 'on' ? batch?.id : undefined, page);
}

/** Whether turning off ends the connection (K19). One that is off has nothing to turn off. */
async function isForGood(
  db: Database,
  org: { id: string },
  to: SwitchedState,
  turnOff?: Policy['turnOff'],
): Promise<boolean> {
  if (to !== 'off') return false;
  const [{ state }, { policy }] = await Promise.all([readConnection(db, org), readGoverned(db, org.id)]);
  return (turnOff ?? policy.turnOff) === 'discard' && state !== 'off';
}

type Tried = Omit<Switched, 'settled'> & { batch: string | undefined };

async function trySwitch(
  db: Database,
  org: { id: string },
  to: SwitchedState,
  at: Acting,
  version: string | undefined,
  { confirmed, isExpected }: { confirmed: Confirmed; isExpected: ExpectedConnection },
): Promise<Tried | typeof lookAgain> {
  return await commitByHand<Tried | typeof lookAgain>(db, org, at, async (tx, { governed, now }) => {
    const connection = await lockConnection(tx);
    isExpected(connection);
    const { id, state: before, plan, provider } = connection;
    if (before === 'off' && to !== 'off' && !mayProvision(plan)) throw noProvisioning();
    assertNotEnding(before);
    // What takes requests already goes on: only the beginning is asked about.
    const isBeginning = before === 'off' && to !== 'off';
    const providers = { scim: provider, signIn: declaredOf(await readSignInProvider(tx))?.provider };
    const overruled = isBeginning ? overruledBy(providers, to, governed.policy, confirmed) : {};
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
    const isWarned = isBeginning && governed.policy.sameSignInProvider !== 'any' && standingOf(providers) !== 'same';
    const warnings = isWarned ? [`${sayProviders(providers)}. ${howToAgree(providers)}.`] : [];
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
