import { infiniteQueryOptions, keepPreviousData, QueryClient, queryOptions } from '@tanstack/react-query';
import { type AccessShown, loadAccess, loadLicenses, loadRoles, loadTeamMappings } from './access.ts';
import { loadAddresses } from './addresses.ts';
import { type AuditFilter, loadAudit, loadHistory, loadRemoved, loadWhy } from './audit.ts';
import { ApiError } from './errors.ts';
import {
  loadEndedHealth,
  loadFindings,
  loadHealth,
  loadReconciliation,
  loadReconciliations,
  reconciliationEveryMs,
} from './health.ts';
import { loadApiKeys, loadChoices, loadTokens } from './keys.ts';
import { loadConfirmations, loadDomains, loadInvitations, loadMail, loadOutbox } from './mail.ts';
import { loadOrganization, loadOrganizations, loadStatus } from './organizations.ts';
import { loadPeople, loadPerson, loadTeamsOf, type PeopleFilter } from './people.ts';
import { loadPolicy, loadPresets } from './policy.ts';
import { loadConnection, loadConnections, loadForecast, loadHeld } from './provisioning.ts';
import { loadRequest, loadRequests } from './requests.ts';
import { loadSignIn } from './sign-in.ts';
import { loadPendingLinks, loadPeopleOfTeam, loadTeam, loadTeamPage, loadTeams } from './teams.ts';

const statusEveryMs = 10_000;
const organizationsEveryMs = 5_000;
const requestsEveryMs = 2_000;

/** Polling stops by itself while the tab is hidden (TanStack Query's refetchIntervalInBackground is off). */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      retry: (failures, error) =>
        failures < 2 && !(error instanceof ApiError && error.status >= 400 && error.status < 500),
      staleTime: 1_000,
    },
  },
});

/** The pages of a list, one after the other. */
const pages = {
  initialPageParam: null as string | null,
  getNextPageParam: ({ nextCursor }: { nextCursor: string | null }) => nextCursor,
};

/** Something of an organization, read again every few seconds. */
const polled = <T>(
  name: string,
  organization: string,
  load: (organization: string, signal: AbortSignal) => Promise<T>,
) =>
  queryOptions({
    queryKey: [name, organization],
    queryFn: ({ signal }) => load(organization, signal),
    refetchInterval: organizationsEveryMs,
  });

export const statusQuery = queryOptions({
  queryKey: ['status'],
  queryFn: ({ signal }) => loadStatus(signal),
  refetchInterval: statusEveryMs,
});

export const organizationsQuery = queryOptions({
  queryKey: ['organizations'],
  queryFn: ({ signal }) => loadOrganizations(signal),
  refetchInterval: organizationsEveryMs,
});

export const organizationQuery = (slug: string) => polled('organizations', slug, loadOrganization);

export const tokensQuery = (slug: string) => polled('tokens', slug, loadTokens);

export const connectionQuery = (slug: string) => polled('connection', slug, loadConnection);

export const signInQuery = (slug: string) => polled('sign-in', slug, loadSignIn);

export const forecastQuery = (slug: string) =>
  infiniteQueryOptions({
    queryKey: ['forecast', slug],
    queryFn: ({ pageParam, signal }) => loadForecast(slug, pageParam, signal),
    ...pages,
  });

export const heldQuery = (slug: string) => polled('held', slug, loadHeld);

export const healthQuery = (slug: string) => polled('health', slug, loadHealth);

export const connectionsQuery = (slug: string) =>
  infiniteQueryOptions({
    queryKey: ['connections', slug],
    queryFn: ({ pageParam, signal }) => loadConnections(slug, pageParam, signal),
    ...pages,
  });

/** What a connection did does not change when it has ended. */
export const endedHealthQuery = (slug: string, id: string) =>
  queryOptions({
    queryKey: ['health', slug, id],
    queryFn: ({ signal }) => loadEndedHealth(slug, id, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });

export const findingsQuery = (slug: string) =>
  queryOptions({
    queryKey: ['findings', slug],
    queryFn: ({ signal }) => loadFindings(slug, signal),
    refetchInterval: statusEveryMs,
  });

/** Followed closely while one runs; whoever has gone back in time wants the lines to stand still. */
export const reconciliationsQuery = (slug: string) =>
  infiniteQueryOptions({
    queryKey: ['reconciliations', slug],
    queryFn: ({ pageParam, signal }) => loadReconciliations(slug, pageParam, signal),
    ...pages,
    refetchInterval: ({ state: { data } }) => {
      if (data?.pages[0]?.items[0]?.state === 'running') return reconciliationEveryMs;
      return (data?.pages.length ?? 0) > 1 ? false : organizationsEveryMs;
    },
  });

/** What a comparison found does not change. */
export const reconciliationQuery = (slug: string, id: string) =>
  queryOptions({
    queryKey: ['reconciliation', slug, id],
    queryFn: ({ signal }) => loadReconciliation(slug, id, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });

export const apiKeysQuery = (slug: string) => polled('api-keys', slug, loadApiKeys);

/** What a release knows does not change while it runs. */
export const choicesQuery = queryOptions({
  queryKey: ['choices'],
  queryFn: ({ signal }) => loadChoices(signal),
  staleTime: Number.POSITIVE_INFINITY,
});

export const licensesQuery = (organization: string) => polled('licenses', organization, loadLicenses);

export const teamMappingsQuery = (organization: string) => polled('team-mappings', organization, loadTeamMappings);

export const accessQuery = (organization: string, which: AccessShown) =>
  queryOptions({
    queryKey: ['access', organization, which],
    queryFn: ({ signal }) => loadAccess(organization, which, signal),
    refetchInterval: organizationsEveryMs,
  });

export const rolesQuery = (organization: string) =>
  queryOptions({ queryKey: ['roles', organization], queryFn: ({ signal }) => loadRoles(organization, signal) });

export const teamsQuery = (organization: string) =>
  queryOptions({ queryKey: ['teams', organization], queryFn: ({ signal }) => loadTeams(organization, signal) });

export const pendingLinksQuery = (organization: string) => polled('pending-links', organization, loadPendingLinks);

export const addressesQuery = (slug: string) => polled('addresses', slug, loadAddresses);

export const outboxQuery = (slug: string) => polled('outbox', slug, loadOutbox);

export const mailQuery = (slug: string, id: string) =>
  queryOptions({ queryKey: ['outbox', slug, id], queryFn: ({ signal }) => loadMail(slug, id, signal) });

export const invitationsQuery = (slug: string) => polled('invitations', slug, loadInvitations);

export const confirmationsQuery = (slug: string) => polled('confirmations', slug, loadConfirmations);

export const domainsQuery = (slug: string) => polled('domains', slug, loadDomains);

/** Read once, so that nothing moves under somebody who edits; saving it is guarded by its tag. */
export const policyQuery = (slug: string) =>
  queryOptions({
    queryKey: ['policy', slug],
    queryFn: ({ signal }) => loadPolicy(slug, signal),
    refetchOnWindowFocus: false,
  });

/** What a release knows does not change while it runs. */
export const presetsQuery = (slug: string) =>
  queryOptions({
    queryKey: ['presets', slug],
    queryFn: ({ signal }) => loadPresets(slug, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** Live while it shows the newest page only: who has gone back in time wants the lines to stand still. */
export const requestsQuery = (organization: string, onlyErrors: boolean) =>
  infiniteQueryOptions({
    queryKey: ['requests', organization, { onlyErrors }],
    queryFn: ({ pageParam, signal }) => loadRequests(organization, { onlyErrors, cursor: pageParam }, signal),
    ...pages,
    refetchInterval: (query) => ((query.state.data?.pages.length ?? 0) > 1 ? false : requestsEveryMs),
    refetchOnWindowFocus: (query) => (query.state.data?.pages.length ?? 0) <= 1,
  });

/** A request's log entry never changes once it is written. */
export const requestQuery = (organization: string, id: string) =>
  queryOptions({
    queryKey: ['request', organization, id],
    queryFn: ({ signal }) => loadRequest(organization, id, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** What happened does not change, and what is new is asked for. */
export const auditQuery = (organization: string, filter: AuditFilter) =>
  infiniteQueryOptions({
    queryKey: ['audit', organization, filter],
    queryFn: ({ pageParam, signal }) => loadAudit(organization, { ...filter, cursor: pageParam }, signal),
    ...pages,
    refetchOnWindowFocus: (query) => (query.state.data?.pages.length ?? 0) <= 1,
  });

export const removedQuery = (organization: string) =>
  infiniteQueryOptions({
    queryKey: ['removed', organization],
    queryFn: ({ pageParam, signal }) => loadRemoved(organization, pageParam, signal),
    ...pages,
    refetchOnWindowFocus: (query) => (query.state.data?.pages.length ?? 0) <= 1,
  });

export const whyQuery = (organization: string, path: string) =>
  queryOptions({
    queryKey: ['why', organization, path],
    queryFn: ({ signal }) => loadWhy(organization, path, signal),
  });

export const historyQuery = (organization: string, path: string) =>
  infiniteQueryOptions({
    queryKey: ['history', organization, path],
    queryFn: ({ pageParam, signal }) => loadHistory(organization, path, pageParam, signal),
    ...pages,
  });

/** Followed while it shows the first page only: who has gone on wants the lines to stand still. */
export const peopleQuery = (organization: string, filter: PeopleFilter) =>
  infiniteQueryOptions({
    queryKey: ['people', organization, filter],
    queryFn: ({ pageParam, signal }) => loadPeople(organization, filter, { cursor: pageParam }, signal),
    ...pages,
    placeholderData: keepPreviousData,
    refetchInterval: (query) => ((query.state.data?.pages.length ?? 0) > 1 ? false : organizationsEveryMs),
  });

export const personQuery = (organization: string, id: string) =>
  queryOptions({
    queryKey: ['person', organization, id],
    queryFn: ({ signal }) => loadPerson(organization, id, signal),
    refetchInterval: organizationsEveryMs,
  });

export const teamsOfPersonQuery = (organization: string, id: string) =>
  infiniteQueryOptions({
    queryKey: ['person-teams', organization, id],
    queryFn: ({ pageParam, signal }) => loadTeamsOf(organization, id, pageParam, signal),
    ...pages,
  });

/** The first people whom a search finds, to choose from; none before something is typed. */
export const foundPeopleQuery = (organization: string, search: string) =>
  queryOptions({
    queryKey: ['found-people', organization, search],
    queryFn: ({ signal }) => loadPeople(organization, { search, status: '' }, { cursor: null, limit: 8 }, signal),
    enabled: search !== '',
    placeholderData: keepPreviousData,
  });

export const teamListQuery = (organization: string, search: string) =>
  infiniteQueryOptions({
    queryKey: ['team-list', organization, search],
    queryFn: ({ pageParam, signal }) => loadTeamPage(organization, search, pageParam, signal),
    ...pages,
    placeholderData: keepPreviousData,
    refetchInterval: (query) => ((query.state.data?.pages.length ?? 0) > 1 ? false : organizationsEveryMs),
  });

export const teamQuery = (organization: string, id: string) =>
  queryOptions({
    queryKey: ['team', organization, id],
    queryFn: ({ signal }) => loadTeam(organization, id, signal),
    refetchInterval: organizationsEveryMs,
  });

export const peopleOfTeamQuery = (organization: string, id: string) =>
  infiniteQueryOptions({
    queryKey: ['team-people', organization, id],
    queryFn: ({ pageParam, signal }) => loadPeopleOfTeam(organization, id, pageParam, signal),
    ...pages,
  });

/** What is read anew when somebody was put into a team or taken out of it. */
export const membershipKeys = (organization: string) =>
  ['team-people', 'team', 'team-list', 'person-teams', 'person', 'people', 'why', 'history'].map((key) => [
    key,
    organization,
  ]);

/**
 * Reads anew what is shown of an organization after something of it was changed. Plans stay as they were shown: what is confirmed is what
 * was seen.
 */
export const refreshOrganization = async (client: QueryClient, slug: string): Promise<void> =>
  await client.invalidateQueries({
    predicate: ({ queryKey: [name, ...rest] }) => !String(name).endsWith('plan') && rest.includes(slug),
  });
