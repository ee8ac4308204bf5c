/** The connection to the identity provider, and what is held. */
import type {
  Connection,
  ConnectionChange,
  ConnectionList,
  ConnectionPlan,
  Disconnected,
  DisconnectPlan,
  ForecastList,
  HeldBatchList,
  HeldPlan,
  ReleasedBatch,
  SwitchedConnection,
} from '../../../src/http/api/schemas/connection.ts';
import { askWithKeptKey, pathOf, planPage, sendWithKeptKey, tagOf } from './transport.ts';

export type ConnectionState = Connection['state'];
/** A state that a connection is switched to. */
export type SwitchedState = ConnectionChange['state'];
export type DisconnectChoice = Disconnected['disconnected']['choice'];

export async function loadConnection(slug: string, signal: AbortSignal): Promise<Connection> {
  return await askWithKeptKey(`${pathOf(slug)}/connection`, signal);
}

/** One page of the connection and those that have ended, the newest first. */
export async function loadConnections(
  slug: string,
  cursor: string | null,
  signal: AbortSignal,
): Promise<ConnectionList> {
  const query = new URLSearchParams({ limit: '10', ...(cursor === null ? {} : { cursor }) });
  return await askWithKeptKey(`${pathOf(slug)}/connections?${query}`, signal);
}

/** One page of what another state of the connection would put in force. */
export async function planConnection(slug: string, to: SwitchedState, cursor?: string): Promise<ConnectionPlan> {
  return await askWithKeptKey(`${pathOf(slug)}/connection/plan?${planPage(cursor, { to })}`);
}

/** Gives the connection another state, if the plan of that is still the one of this version. */
export async function switchConnection(
  slug: string,
  change: ConnectionChange,
  version: string,
): Promise<SwitchedConnection> {
  return await sendWithKeptKey('PATCH', `${pathOf(slug)}/connection`, change, tagOf(version));
}

/** One page of what disconnecting would bring about. */
export async function planDisconnect(slug: string, choice: DisconnectChoice, cursor?: string): Promise<DisconnectPlan> {
  return await askWithKeptKey(`${pathOf(slug)}/connection/disconnect/plan?${planPage(cursor, { choice })}`);
}

/** Disconnects the provider for good, if the plan of that is still the one of this version. */
export async function disconnect(slug: string, choice: DisconnectChoice, version: string): Promise<Disconnected> {
  return await sendWithKeptKey('POST', `${pathOf(slug)}/connection/disconnect`, { choice }, tagOf(version));
}

/** One page of what becomes of the people and teams of the organization's own. */
export async function loadForecast(slug: string, cursor: string | null, signal: AbortSignal): Promise<ForecastList> {
  const query = new URLSearchParams({ limit: '25', ...(cursor === null ? {} : { cursor }) });
  return await askWithKeptKey(`${pathOf(slug)}/connection/forecast?${query}`, signal);
}

/** The newest held batches. */
export async function loadHeld(slug: string, signal: AbortSignal): Promise<HeldBatchList> {
  return await askWithKeptKey(`${pathOf(slug)}/held?limit=20`, signal);
}

/** One page of what letting a batch go would put in force. */
export async function planHeld(slug: string, id: string, cursor?: string): Promise<HeldPlan> {
  return await askWithKeptKey(`${pathOf(slug)}/held/${encodeURIComponent(id)}/plan?${planPage(cursor)}`);
}

/** Puts in force what a batch holds, if the plan of that is still the one of this version. */
export async function releaseHeld(slug: string, id: string, version: string): Promise<ReleasedBatch> {
  return await endHeld(slug, id, 'release', version);
}

/** Forgets what a batch holds, if the plan of letting it go is still the one of this version. */
export async function discardHeld(slug: string, id: string, version: string): Promise<void> {
  await endHeld(slug, id, 'discard', version);
}

const endHeld = async <Answer>(slug: string, id: string, how: 'release' | 'discard', version: string) =>
  await sendWithKeptKey<Answer>(
    'POST',
    `${pathOf(slug)}/held/${encodeURIComponent(id)}/${how}`,
    undefined,
    tagOf(version),
  );
