import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { FeedWatch } from '../../events/feed-watch.ts';
import { limits } from '../../limits.ts';
import type { DomainLookup } from '../../provisioning/domain-lookup.ts';
import type { RequestRecorder } from '../../provisioning/record-requests.ts';
import type { Database } from '../../store/database.ts';
import { findOrganizationName } from '../../store/organizations.ts';
import type { RateLimits } from '../rate-limits.ts';
import type { Cursors } from '../scim/cursors.ts';
import { parseStrictJson } from '../strict-json.ts';
import { addressRoutes } from './addresses.ts';
import { apiKeyRoutes } from './api-keys.ts';
import type { ApiAuthentication } from './authentication.ts';
import { type Caller, isAllowed, type NamedOrganization, noSuchOrganization } from './caller.ts';
import { configurationRoutes } from './configuration.ts';
import { connectionHealthRoutes } from './connection-health.ts';
import { connectionRoutes } from './connections.ts';
import { definitionRoutes } from './definitions.ts';
import { domainRoutes } from './domains.ts';
import { eventRoutes } from './events.ts';
import { heldBatchRoutes } from './held-batches.ts';
import { historyRoutes } from './history.ts';
import { licenseRoutes } from './licenses.ts';
import { mailRoutes } from './mail.ts';
import { memberEditRoutes } from './member-edits.ts';
import { memberRoutes } from './members.ts';
import { describeApi } from './openapi.ts';
import { organizationRoutes } from './organizations.ts';
import { createPlans, type Plans } from './plans.ts';
import { policyRoutes } from './policy.ts';
import { ApiProblem, problem, refuseUnknownRoute, sendError } from './problem.ts';
import { reconciliationRoutes } from './reconciliation.ts';
import { removedRoutes } from './removed.ts';
import { requestRoutes } from './requests.ts';
import { roleRoutes } from './roles.ts';
import { scimProfileRoutes } from './scim-profile.ts';
import { signInProviderRoutes } from './sign-in-provider.ts';
import { statusRoutes } from './status.ts';
import { teamEditRoutes } from './team-edits.ts';
import { teamRoutes } from './teams.ts';
import { tokenRoutes } from './tokens.ts';
import type { TypeBoxProvider } from './typebox-provider.ts';
import { undoRoutes } from './undo.ts';
import { validatorCompiler } from './validation.ts';

export interface ApiOptions {
  /** As the application: one organization at a time, behind row-level security. */
  readonly app: Database;
  /** As the jobs: what spans organizations. */
  readonly jobs: Database;
  readonly authentication: ApiAuthentication;
  /** Follows the feeds, and is told of every change. */
  readonly watch: FeedWatch;
  readonly rates: Pick<RateLimits, 'admitKey' | 'spendGuess' | 'giveBackGuess'>;
  readonly recorder: Pick<RequestRecorder, 'noteKeyUse'>;
  readonly cursors: Cursors;
  readonly plans: Plans;
  /** Looks for the record of a domain. */
  readonly lookUpDomain: DomainLookup;
  /** Seals what is kept of answers that may be asked for again. */
  readonly secretKey: string;
  /** Where providers and browsers reach Rollcall, without a slash at the end. */
  readonly baseUrl: string;
  readonly version: string;
  readonly startedAt: Date;
  /** Whether PostgreSQL is the built-in one. */
  readonly builtIn: boolean;
  readonly now: () => Date;
}

/** Documents name teams and licenses as keys, as many as there are. */
const documentBounds = {
  ...limits,
  jsonKeysMax: limits.documentValuesMax,
  jsonValuesMax: limits.documentValuesMax,
};

/**
 * The management API, for the console, for operators and for products; register it under /api/v1. Every route declares its
 * guard and its scope, every answer is JSON, and every refusal is problem details. Answers are never stored by caches (R26).
 */
export async function managementApi(app: FastifyInstance, given: Omit<ApiOptions, 'plans'>): Promise<void> {
  const options: ApiOptions = { ...given, plans: createPlans() };
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    try {
      const isBodyOptional = request.method === 'DELETE' || request.method === 'GET';
      done(null, body.length === 0 && isBodyOptional ? undefined : parseStrictJson(body as Buffer, documentBounds));
    } catch (error) {
      done(error as Error);
    }
  });
  app.setValidatorCompiler(validatorCompiler);
  app.setErrorHandler(sendError);
  app.setNotFoundHandler(refuseUnknownRoute(methodsByPath(app)));
  guardRoutes(app, options);
  app.addHook('onResponse', async ({ method, organization }, { statusCode }) => {
    if (method !== 'GET' && statusCode < 400 && organization !== null) options.watch.tell(organization.id, true);
  });
  app.addHook('onResponse', async ({ caller, ip, headers }) => {
    if (caller?.kind !== 'key') return;
    const { keyId, organization } = caller.grant;
    const client = headers['user-agent']?.slice(0, 200);
    options.recorder.noteKeyUse(organization.id, { keyId, at: options.now(), address: ip, client });
  });
  app.addHook('onSend', async (_request, reply) => {
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
  });

  await describeApi(app);
  const api = app.withTypeProvider<TypeBoxProvider>();
  statusRoutes(api, options);
  organizationRoutes(api, options);
  memberRoutes(api, options);
  memberEditRoutes(api, options);
  mailRoutes(api, options);
  domainRoutes(api, options);
  teamRoutes(api, options);
  teamEditRoutes(api, options);
  connectionRoutes(api, options);
  heldBatchRoutes(api, options);
  connectionHealthRoutes(api, options);
  reconciliationRoutes(api, options);
  addressRoutes(api, options);
  tokenRoutes(api, options);
  apiKeyRoutes(api, options);
  configurationRoutes(api, options);
  roleRoutes(api, options);
  licenseRoutes(api, options);
  requestRoutes(api, options);
  eventRoutes(api, options);
  historyRoutes(api, options);
  removedRoutes(api, options);
  undoRoutes(api, options);
  scimProfileRoutes(api, options);
  signInProviderRoutes(api, options);
  definitionRoutes(api, options);
  policyRoutes(api, options);
}

/** Which methods the routes that are added from now on answer at a path, in alphabetical order. */
function methodsByPath(app: FastifyInstance): (path: string) => string[] {
  const routes: { pattern: RegExp; methods: readonly string[] }[] = [];
  app.addHook('onRoute', ({ url, method }) => {
    const pattern = new RegExp(`^${url.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/:[^/]+/g, '[^/]+')}$`);
    routes.push({ pattern, methods: [method].flat() });
  });
  return (path) =>
    [...new Set(routes.filter(({ pattern }) => pattern.test(path)).flatMap(({ methods }) => methods))].sort();
}

/** Keeps what the routes declare: who calls, whose organization it is, and whether the key may do it, in this order. */
function guardRoutes(app: FastifyInstance, options: ApiOptions): void {
  const { authentication, rates, jobs, now } = options;
  app.decorateRequest('caller', null);
  app.decorateRequest('organization', null);
  app.addHook('onRequest', async (request) => {
    const { guard, scope } = request.routeOptions.config;
    if (guard === 'public') return;
    const { authorization } = request.headers;
    const caller = await authentication.authenticate({ authorization, address: request.ip }, now()).catch((error) => {
      logRefusal(request, authorization);
      throw error;
    });
    request.caller = caller;
    if (caller.kind === 'key') rates.admitKey(caller.grant);
    const { organization } = request.params as { organization?: string };
    if (organization !== undefined) request.organization = await reach(caller, organization, jobs);
    if (caller.kind === 'key' && caller.grant.organization.status !== 'active') {
      throw problem('forbidden', 'The organization is suspended. Ask whoever runs Rollcall.');
    }
    if (guard === 'operator' && caller.kind !== 'operator') {
      throw problem('forbidden', 'Only the operator may do this, with the operator key.');
    }
    if (scope !== undefined && !isAllowed(caller, scope)) {
      throw new ApiProblem('scope_missing', `This key may not do this: it lacks the scope ${scope}.`, { scope });
    }
  });
}

/** The organization that a path names, if the caller may know of it. A key reaches its own and asks nobody. */
async function reach(caller: Caller, slugOrId: string, jobs: Database): Promise<NamedOrganization> {
  const name = slugOrId.toLowerCase();
  if (caller.kind === 'key') {
    const { id, slugs } = caller.grant.organization;
    if (id !== name && !slugs.includes(name)) throw noSuchOrganization(slugOrId);
    return { id, slug: slugs[0] ?? id };
  }
  const found = await findOrganizationName(jobs, name);
  if (found === undefined) throw noSuchOrganization(slugOrId);
  return found;
}

/** A refused credential is logged with its address and without its text (R5, R52). */
function logRefusal(request: FastifyRequest, authorization: string | undefined): void {
  const credential = authorization === undefined ? 'none' : 'wrong';
  const path = request.url.split('?', 1)[0];
  request.log.warn({ address: request.ip, path, credential }, 'management API: refused');
}
