import type {
  AccessList,
  LicenseList,
  MappingList,
  RoleList,
  Simulation,
  Supposed,
} from '../../../src/http/api/schemas/access.ts';
import type { AddressList, NewAddressList } from '../../../src/http/api/schemas/addresses.ts';
import type { ApiKeyList, CreatedApiKey } from '../../../src/http/api/schemas/api-key.ts';
import type {
  Connection,
  ConnectionChange,
  Disconnected,
  DisconnectPlan,
  ForecastList,
  HeldBatchList,
  HeldPlan,
  ReleasedBatch,
  SwitchedConnection,
} from '../../../src/http/api/schemas/connection.ts';
import type { ConnectionFindings, ConnectionHealth } from '../../../src/http/api/schemas/connection-health.ts';
import type { Domain, DomainList } from '../../../src/http/api/schemas/domain.ts';
import type { EventPage } from '../../../src/http/api/schemas/event.ts';
import type { HistoryList, Why } from '../../../src/http/api/schemas/history.ts';
import type {
  EmailConfirmationList,
  InvitationList,
  MailList,
  OpenedMail,
} from '../../../src/http/api/schemas/mail.ts';
import type { MemberList } from '../../../src/http/api/schemas/member.ts';
import type { Organization, OrganizationList } from '../../../src/http/api/schemas/organization.ts';
import type { Policy, PolicyPlan, PresetList } from '../../../src/http/api/schemas/policy.ts';
import type { Reconciliation, ReconciliationList } from '../../../src/http/api/schemas/reconciliation.ts';
import type { RemovedList } from '../../../src/http/api/schemas/removed.ts';
import type { RequestDetail, RequestList } from '../../../src/http/api/schemas/request.ts';
import type { Status } from '../../../src/http/api/schemas/status.ts';
import type { PendingLinkList, TeamList } from '../../../src/http/api/schemas/team.ts';
import type { CreatedToken, NewToken, TokenChange, TokenList } from '../../../src/http/api/schemas/token.ts';
import type { Undone, UndoPlan } from '../../../src/http/api/schemas/undo.ts';
import { ApiError } from './errors.ts';
import { ask, askWithKeptKey, forgetRefusedKey, pathOf, send, sendWithKeptKey } from './transport.ts';

/** Asks with the given key instead of the kept one: to try a key before keeping it. */
export async function fetchStatus(key: string, signal?: AbortSignal): Promise<Status> {
  return await ask<Status>('/status', key, signal);
}

export async function loadStatus(signal: AbortSignal): Promise<Status> {
  return await askWithKeptKey('/status', signal);
}

export async function loadOrganizations(signal: AbortSignal): Promise<OrganizationList> {
  return await askWithKeptKey('/organizations?limit=200', signal);
}

/** One page of the request log, newest first; `cursor` is the `nextCursor` of the page before it. */
export async function loadRequests(
  organization: string,
  options: { onlyErrors: boolean; cursor: string | null },
  signal: AbortSignal,
): Promise<RequestList> {
  const query = new URLSearchParams({ limit: '50' });
  if (options.onlyErrors) query.set('status', 'error');
  if (options.cursor !== null) query.set('cursor', options.cursor);
  return await askWithKeptKey(`/organizations/${encodeURIComponent(organization)}/requests?${query}`, signal);
}

export async function loadRequest(organization: string, id: string, signal: AbortSignal): Promise<RequestDetail> {
  const path = `/organizations/${encodeURIComponent(organization)}/requests/${encodeURIComponent(id)}`;
  return await askWithKeptKey(path, signal);
}

export async function loadOrganization(slug: string, signal: AbortSignal): Promise<Organization> {
  return await askWithKeptKey(pathOf(slug), signal);
}

export async function loadTokens(slug: string, signal: AbortSignal): Promise<TokenList> {
  return await askWithKeptKey(`${pathOf(slug)}/tokens?limit=200`, signal);
}

export async function loadApiKeys(slug: string, signal: AbortSignal): Promise<ApiKeyList> {
  return await askWithKeptKey(`${pathOf(slug)}/api-keys?limit=200`, signal);
}

export async function createToken(slug: string, input: NewToken): Promise<CreatedToken> {
  return await sendWithKeptKey('POST', `${pathOf(slug)}/tokens`, input);
}

export async function createApiKey(
  slug: string,
  input: { name: string; scopes: string[]; expiresAt?: string },
): Promise<CreatedApiKey> {
  return await sendWithKeptKey('POST', `${pathOf(slug)}/api-keys`, input);
}

export async function changeToken(slug: string, id: string, change: TokenChange): Promise<void> {
  await sendWithKeptKey('PATCH', `${pathOf(slug)}/tokens/${encodeURIComponent(id)}`, change);
}

/** Sets the strongest role that teams give to people whom a token puts into them. */
export async function setRoleCeiling(slug: string, id: string, roleCeiling: string): Promise<void> {
  await sendWithKeptKey('PATCH', `${pathOf(slug)}/tokens/${encodeURIComponent(id)}/role-ceiling`, { roleCeiling });
}

/** Makes a token that takes over from another one. */
export async function rotateToken(slug: string, id: string): Promise<CreatedToken> {
  return await sendWithKeptKey('POST', `${pathOf(slug)}/tokens/${encodeURIComponent(id)}/rotation`, {});
}

/** Gives the rotation of a token up: the one that was taking over is revoked. */
export async function cancelRotation(slug: string, id: string): Promise<void> {
  await sendWithKeptKey('DELETE', `${pathOf(slug)}/tokens/${encodeURIComponent(id)}/rotation`);
}

export type ConnectionState = Connection['state'];
/** A state that a connection is switched to. */
export type SwitchedState = ConnectionChange['state'];
export type DisconnectChoice = Disconnected['disconnected']['choice'];

export async function loadConnection(slug: string, signal: AbortSignal): Promise<Connection> {
  return await askWithKeptKey(`${pathOf(slug)}/connection`, signal);
}

/** One page of what another state of the connection would put in force. */
export async function planConnection(slug: string, to: SwitchedState, cursor?: string): Promise<HeldPlan> {
  return await askWithKeptKey(`${pathOf(slug)}/connection/plan?${planPage(cursor, { to })}`);
}

/** Gives the connection another state, if the plan of that is still the one of this version. */
export async function switchConnection(
  slug: string,
  state: SwitchedState,
  version: string,
): Promise<SwitchedConnection> {
  const change = { method: 'PATCH' as const, body: { state }, ifMatch: `"${version}"` };
  const response = await forgetRefusedKey((key) => send(`${pathOf(slug)}/connection`, key, { change }));
  return await response.json();
}

/** One page of what disconnecting would bring about. */
export async function planDisconnect(slug: string, choice: DisconnectChoice, cursor?: string): Promise<DisconnectPlan> {
  return await askWithKeptKey(`${pathOf(slug)}/connection/disconnect/plan?${planPage(cursor, { choice })}`);
}

/** Disconnects the provider for good, if the plan of that is still the one of this version. */
export async function disconnect(slug: string, choice: DisconnectChoice, version: string): Promise<Disconnected> {
  const change = { method: 'POST' as const, body: { choice }, ifMatch: `"${version}"` };
  const response = await forgetRefusedKey((key) => send(`${pathOf(slug)}/connection/disconnect`, key, { change }));
  return await response.json();
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
  return await (await endHeld(slug, id, 'release', version)).json();
}

/** Forgets what a batch holds, if the plan of letting it go is still the one of this version. */
export async function discardHeld(slug: string, id: string, version: string): Promise<void> {
  await endHeld(slug, id, 'discard', version);
}

async function endHeld(slug: string, id: string, how: 'release' | 'discard', version: string): Promise<Response> {
  const change = { method: 'POST' as const, body: undefined, ifMatch: `"${version}"` };
  return await forgetRefusedKey((key) =>
    send(`${pathOf(slug)}/held/${encodeURIComponent(id)}/${how}`, key, { change }),
  );
}

const planPage = (cursor: string | undefined, query: Record<string, string> = {}) =>
  new URLSearchParams({ ...query, limit: '25', ...(cursor === undefined ? {} : { cursor }) });

export async function loadHealth(slug: string, signal: AbortSignal): Promise<ConnectionHealth> {
  return await askWithKeptKey(`${pathOf(slug)}/connection/health`, signal);
}

export async function loadFindings(slug: string, signal: AbortSignal): Promise<ConnectionFindings> {
  return await askWithKeptKey(`${pathOf(slug)}/connection/findings`, signal);
}

/** One page of the comparisons of what was asked with what is in force, the newest first. */
export async function loadReconciliations(
  slug: string,
  cursor: string | null,
  signal: AbortSignal,
): Promise<ReconciliationList> {
  const query = new URLSearchParams({ limit: '5', ...(cursor === null ? {} : { cursor }) });
  return await askWithKeptKey(`${pathOf(slug)}/connection/reconciliations?${query}`, signal);
}

export async function loadReconciliation(slug: string, id: string, signal?: AbortSignal): Promise<Reconciliation> {
  return await askWithKeptKey(`${pathOf(slug)}/connection/reconciliations/${encodeURIComponent(id)}`, signal);
}

/**
 * Compares what was asked with what is in force, and waits for the end.
 *
 * @param version of the report of which what does not follow is repaired, and nothing else
 * @param begun is called when it runs
 * @throws ApiError 412 if something else does not follow by now
 */
export async function reconcile(
  slug: string,
  { repair, version, begun }: { repair: boolean; version?: string; begun: () => unknown },
): Promise<Reconciliation> {
  const change = {
    method: 'POST' as const,
    body: { repair },
    ...(version === undefined ? {} : { ifMatch: `"${version}"` }),
  };
  const response = await forgetRefusedKey((key) =>
    send(`${pathOf(slug)}/connection/reconciliations?wait=1`, key, { change }),
  );
  let found: Reconciliation = await response.json();
  if (found.state === 'running') begun();
  while (found.state === 'running') {
    await new Promise((resolve) => setTimeout(resolve, reconciliationEveryMs));
    found = await loadReconciliation(slug, found.id);
  }
  if (found.problem !== null) throw new ApiError(found.report === null ? 500 : 412, found.problem);
  return found;
}

/** Between two looks at a comparison that runs. */
export const reconciliationEveryMs = 1_000;

export async function revokeToken(slug: string, id: string): Promise<void> {
  await sendWithKeptKey('DELETE', `${pathOf(slug)}/tokens/${encodeURIComponent(id)}`);
}

export async function revokeApiKey(slug: string, id: string): Promise<void> {
  await sendWithKeptKey('DELETE', `${pathOf(slug)}/api-keys/${encodeURIComponent(id)}`);
}

export type FeedEvent = EventPage['items'][number];

/** Events after a number, waiting for one if there is none yet. */
export async function loadEvents(
  slug: string,
  { after, wait }: { after: number; wait: number },
  signal: AbortSignal,
): Promise<EventPage> {
  return await askWithKeptKey(`${pathOf(slug)}/events?after=${after}&wait=${wait}`, signal);
}

/** A policy with the entity tag that guards its change. */
export type TaggedPolicy = { policy: Policy; tag: string };

/** A preset, and the settings that are not to have its values. */
export type PolicyWish = { preset: Policy['preset']; settings: Record<string, string>; confirm?: string[] };

export async function loadPolicy(slug: string, signal: AbortSignal): Promise<TaggedPolicy> {
  const response = await forgetRefusedKey((key) => send(`${pathOf(slug)}/policy`, key, { signal }));
  return { policy: await response.json(), tag: response.headers.get('etag') ?? '*' };
}

export async function loadPresets(slug: string, signal: AbortSignal): Promise<PresetList> {
  return await askWithKeptKey(`${pathOf(slug)}/policy/presets`, signal);
}

export async function planPolicy(slug: string, wish: PolicyWish): Promise<PolicyPlan> {
  return await sendWithKeptKey('POST', `${pathOf(slug)}/policy/plan`, wish);
}

/** Saves a policy, unless somebody has changed it since it was read. */
export async function savePolicy(slug: string, wish: PolicyWish, tag: string): Promise<void> {
  await forgetRefusedKey((key) =>
    send(`${pathOf(slug)}/policy`, key, { change: { method: 'PUT', body: wish, ifMatch: tag } }),
  );
}

/** The words that can be chosen, as the description of the API lists them. */
export type Choices = {
  keyScopes: string[];
  tokenScopes: string[];
  roleCeilings: NonNullable<NewToken['roleCeiling']>[];
};

type OneOf<Word extends string = string> = { enum: Word[] };
type Scopes = { scopes: { items: OneOf } };

export async function loadChoices(signal: AbortSignal): Promise<Choices> {
  const { components } = await askWithKeptKey<{
    components: {
      schemas: {
        NewApiKey: { properties: Scopes };
        NewToken: { properties: Scopes & { roleCeiling: OneOf<Choices['roleCeilings'][number]> } };
      };
    };
  }>('/openapi.json', signal);
  const { NewApiKey: key, NewToken: token } = components.schemas;
  return {
    keyScopes: key.properties.scopes.items.enum,
    tokenScopes: token.properties.scopes.items.enum,
    roleCeilings: token.properties.roleCeiling.enum,
  };
}

export async function loadLicenses(slug: string, signal: AbortSignal): Promise<LicenseList> {
  return await askWithKeptKey(`${pathOf(slug)}/licenses`, signal);
}

export async function loadTeamMappings(slug: string, signal: AbortSignal): Promise<MappingList> {
  return await askWithKeptKey(`${pathOf(slug)}/team-mappings`, signal);
}

export type AccessShown = 'waiting' | 'administering' | 'break-glass';

/** The first people of a list: those who wait for a seat, those who administer, or those who are set apart as a way in. */
export async function loadAccess(slug: string, which: AccessShown, signal: AbortSignal): Promise<AccessList> {
  return await askWithKeptKey(`${pathOf(slug)}/access?limit=50&which=${which}`, signal);
}

export async function loadRoles(slug: string, signal: AbortSignal): Promise<RoleList> {
  return await askWithKeptKey(`${pathOf(slug)}/roles`, signal);
}

export async function loadTeams(slug: string, signal: AbortSignal): Promise<TeamList> {
  return await askWithKeptKey(`${pathOf(slug)}/teams?limit=200`, signal);
}

/** Sets how many seats of a license there are; null is any number. */
export async function setSeats(slug: string, license: string, seats: number | null): Promise<void> {
  await sendWithKeptKey('PUT', `${pathOf(slug)}/licenses/${encodeURIComponent(license)}`, { seats });
}

/** Sets a person apart as a way in that no request of the provider touches, or ends that. */
export async function setBreakGlass(slug: string, id: string, breakGlass: boolean): Promise<void> {
  await sendWithKeptKey('PUT', `${pathOf(slug)}/members/${encodeURIComponent(id)}/break-glass`, { breakGlass });
}

/** What a team gives to those who are in it; null is nothing. */
export async function mapTeam(
  slug: string,
  team: string,
  gives: { role: string | null; license: string | null },
): Promise<void> {
  await sendWithKeptKey('PATCH', `${pathOf(slug)}/team-mappings/${encodeURIComponent(team)}`, gives);
}

/** What an admin gives to one person; null takes it back, and what is left out stays. */
export async function giveAccess(
  slug: string,
  userName: string,
  { role, license }: { role: string | null | undefined; license: string | null | undefined },
): Promise<void> {
  const path = `${pathOf(slug)}/members?limit=1&userName=${encodeURIComponent(userName)}`;
  const { items } = await askWithKeptKey<MemberList>(path);
  const [member] = items;
  if (member === undefined) throw new ApiError(404, `There is no member ${userName} in this organization.`);
  if (role !== undefined) await sendWithKeptKey('PUT', `${pathOf(slug)}/access/${member.id}/role`, { role });
  if (license !== undefined) await sendWithKeptKey('PUT', `${pathOf(slug)}/access/${member.id}/license`, { license });
}

/** The local teams that wait for somebody to decide whether they are linked. */
export async function loadPendingLinks(slug: string, signal: AbortSignal): Promise<PendingLinkList> {
  return await askWithKeptKey(`${pathOf(slug)}/link-decisions`, signal);
}

export async function decideTeamLink(
  slug: string,
  team: string,
  decision: { decision: 'link' } | { decision: 'create'; rename: string },
): Promise<void> {
  await sendWithKeptKey('POST', `${pathOf(slug)}/teams/${encodeURIComponent(team)}/link-decision`, decision);
}

/** What licenses people would have by other rules. It changes nothing. */
export async function simulateLicenses(slug: string, supposed: Supposed): Promise<Simulation> {
  return await sendWithKeptKey('POST', `${pathOf(slug)}/licenses/simulation`, supposed);
}

/** Which events of the audit are shown; empty is all of them. */
export type AuditFilter = { kind: string; actor: string };

const auditQueryOf = (filter: AuditFilter) =>
  new URLSearchParams(Object.entries(filter).filter(([, value]) => value !== ''));

/** One page of the audit, newest first; `cursor` is the `nextCursor` of the page before it. */
export async function loadAudit(
  slug: string,
  { cursor, ...filter }: AuditFilter & { cursor: string | null },
  signal: AbortSignal,
): Promise<HistoryList> {
  const query = auditQueryOf(filter);
  query.set('limit', '50');
  if (cursor !== null) query.set('cursor', cursor);
  return await askWithKeptKey(`${pathOf(slug)}/audit?${query}`, signal);
}

/** Saves the audit as a file. */
export async function exportAudit(slug: string, filter: AuditFilter, format: 'jsonl' | 'csv'): Promise<void> {
  const query = auditQueryOf(filter);
  query.set('format', format);
  const response = await forgetRefusedKey((key) => send(`${pathOf(slug)}/audit/export?${query}`, key, {}));
  const link = document.createElement('a');
  link.href = URL.createObjectURL(await response.blob());
  link.download = `rollcall-audit-${slug}.${format}`;
  link.click();
  URL.revokeObjectURL(link.href);
}

/** Why a person or a team is as it is; `path` names it below the organization. */
export async function loadWhy(slug: string, path: string, signal: AbortSignal): Promise<Why> {
  return await askWithKeptKey(`${pathOf(slug)}/${path}/why`, signal);
}

export async function loadHistory(slug: string, path: string, signal: AbortSignal): Promise<HistoryList> {
  return await askWithKeptKey(`${pathOf(slug)}/${path}/history?limit=100`, signal);
}

/** One page of those who were removed and are remembered, the last ones first. */
export async function loadRemoved(slug: string, cursor: string | null, signal: AbortSignal): Promise<RemovedList> {
  const query = new URLSearchParams({ limit: '5', ...(cursor === null ? {} : { cursor }) });
  return await askWithKeptKey(`${pathOf(slug)}/removed?${query}`, signal);
}

/** What undoing would put back. */
export async function planUndo(slug: string, undone: Undone): Promise<UndoPlan> {
  return await sendWithKeptKey('POST', `${pathOf(slug)}/undo/plan`, undone);
}

/** Undoes what a plan showed, if it still is the plan. */
export async function applyUndo(
  slug: string,
  undone: Undone,
  digest: string,
): Promise<{ refused: { because: string }[] }> {
  const change = { method: 'POST' as const, body: undone, ifMatch: `"${digest}"` };
  const response = await forgetRefusedKey((key) => send(`${pathOf(slug)}/undo`, key, { change }));
  return await response.json();
}

/** Lists of addresses with the entity tag that guards their change. */
export type TaggedAddresses = { list: AddressList; tag: string };

export async function loadAddresses(slug: string, signal: AbortSignal): Promise<TaggedAddresses> {
  const response = await forgetRefusedKey((key) => send(`${pathOf(slug)}/addresses`, key, { signal }));
  return { list: await response.json(), tag: response.headers.get('etag') ?? '*' };
}

/** Saves the lists, unless somebody has changed them since they were read. */
export async function saveAddresses(slug: string, list: NewAddressList, tag: string): Promise<void> {
  const change = { method: 'PUT' as const, body: list, ifMatch: tag };
  await forgetRefusedKey((key) => send(`${pathOf(slug)}/addresses`, key, { change }));
}

/** The newest mail of an organization. */
export async function loadOutbox(slug: string, signal: AbortSignal): Promise<MailList> {
  return await askWithKeptKey(`${pathOf(slug)}/outbox?limit=50`, signal);
}

/** One mail with its text, if it was not sent. */
export async function loadMail(slug: string, id: string, signal: AbortSignal): Promise<OpenedMail> {
  return await askWithKeptKey(`${pathOf(slug)}/outbox/${encodeURIComponent(id)}`, signal);
}

export async function loadInvitations(slug: string, signal: AbortSignal): Promise<InvitationList> {
  return await askWithKeptKey(`${pathOf(slug)}/invitations?limit=50`, signal);
}

export async function inviteAgain(slug: string, id: string): Promise<void> {
  await sendWithKeptKey('POST', `${pathOf(slug)}/members/${encodeURIComponent(id)}/invite`);
}

export async function acceptInvitation(slug: string, id: string): Promise<void> {
  await sendWithKeptKey('POST', `${pathOf(slug)}/members/${encodeURIComponent(id)}/accept`);
}

export async function withdrawInvitation(slug: string, id: string): Promise<void> {
  await sendWithKeptKey('DELETE', `${pathOf(slug)}/invitations/${encodeURIComponent(id)}`);
}

/** The e-mail addresses that wait for their person to confirm them. */
export async function loadConfirmations(slug: string, signal: AbortSignal): Promise<EmailConfirmationList> {
  return await askWithKeptKey(`${pathOf(slug)}/email-confirmations?limit=50`, signal);
}

export async function resendConfirmation(slug: string, id: string): Promise<void> {
  await sendWithKeptKey('POST', `${pathOf(slug)}/members/${encodeURIComponent(id)}/resend-confirmation`);
}

/** Confirms the address in the name of the person. */
export async function confirmAddress(slug: string, id: string): Promise<void> {
  await sendWithKeptKey('POST', `${pathOf(slug)}/members/${encodeURIComponent(id)}/confirm-email`);
}

export async function dropAddress(slug: string, id: string): Promise<void> {
  await sendWithKeptKey('DELETE', `${pathOf(slug)}/email-confirmations/${encodeURIComponent(id)}`);
}

export async function loadDomains(slug: string, signal: AbortSignal): Promise<DomainList> {
  return await askWithKeptKey(`${pathOf(slug)}/domains`, signal);
}

export async function addDomain(slug: string, name: string): Promise<Domain> {
  return await sendWithKeptKey('POST', `${pathOf(slug)}/domains`, { name });
}

export async function checkDomain(slug: string, name: string): Promise<Domain> {
  return await sendWithKeptKey('POST', `${pathOf(slug)}/domains/${encodeURIComponent(name)}/check`);
}

export async function removeDomain(slug: string, name: string): Promise<void> {
  await sendWithKeptKey('DELETE', `${pathOf(slug)}/domains/${encodeURIComponent(name)}`);
}
