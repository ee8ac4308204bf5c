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

export const organizationQuery = (slug: string) =>
  queryOptions({
    queryKey: ['organizations', slug],
    queryFn: ({ signal }) => loadOrganization(slug, signal),
    refetchInterval: organizationsEveryMs,
  });

export const tokensQuery = (slug: string) =>
  queryOptions({
    queryKey: ['tokens', slug],
    queryFn: ({ signal }) => loadTokens(slug, signal),
    refetchInterval: organizationsEveryMs,
  });

export const connectionQuery = (slug: string) =>
  queryOptions({
    queryKey: ['connection', slug],
    queryFn: ({ signal }) => loadConnection(slug, signal),
    refetchInterval: organizationsEveryMs,
  });

export const signInQuery = (slug: string) =>
  queryOptions({
    queryKey: ['sign-in', slug],
    queryFn: ({ signal }) => loadSignIn(slug, signal),
    refetchInterval: organizationsEveryMs,
  });

export const forecastQuery = (slug: string) =>
  infiniteQueryOptions({
    queryKey: ['forecast', slug],
    queryFn: ({ pageParam, signal }) => loadForecast(slug, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
  });

export const heldQuery = (slug: string) =>
  queryOptions({
    queryKey: ['held', slug],
    queryFn: ({ signal }) => loadHeld(slug, signal),
    refetchInterval: organizationsEveryMs,
  });

export const healthQuery = (slug: string) =>
  queryOptions({
    queryKey: ['health', slug],
    queryFn: ({ signal }) => loadHealth(slug, signal),
    refetchInterval: organizationsEveryMs,
  });

export const connectionsQuery = (slug: string) =>
  infiniteQueryOptions({
    queryKey: ['connections', slug],
    queryFn: ({ pageParam, signal }) => loadConnections(slug, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
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
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
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

export const apiKeysQuery = (slug: string) =>
  queryOptions({
    queryKey: ['api-keys', slug],
    queryFn: ({ signal }) => loadApiKeys(slug, signal),
    refetchInterval: organizationsEveryMs,
  });

/** What a release knows does not change while it runs. */
export const choicesQuery = queryOptions({
  queryKey: ['choices'],
  queryFn: ({ signal }) => loadChoices(signal),
  staleTime: Number.POSITIVE_INFINITY,
});

export const licensesQuery = (organization: string) =>
  queryOptions({
    queryKey: ['licenses', organization],
    queryFn: ({ signal }) => loadLicenses(organization, signal),
    refetchInterval: organizationsEveryMs,
  });

export const teamMappingsQuery = (organization: string) =>
  queryOptions({
    queryKey: ['team-mappings', organization],
    queryFn: ({ signal }) => loadTeamMappings(organization, signal),
    refetchInterval: organizationsEveryMs,
  });

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

export const pendingLinksQuery = (organization: string) =>
  queryOptions({
    queryKey: ['pending-links', organization],
    queryFn: ({ signal }) => loadPendingLinks(organization, signal),
    refetchInterval: organizationsEveryMs,
  });

export const addressesQuery = (slug: string) =>
  queryOptions({
    queryKey: ['addresses', slug],
    queryFn: ({ signal }) => loadAddresses(slug, signal),
    refetchInterval: organizationsEveryMs,
  });

export const outboxQuery = (slug: string) =>
  queryOptions({
    queryKey: ['outbox', slug],
    queryFn: ({ signal }) => loadOutbox(slug, signal),
    refetchInterval: organizationsEveryMs,
  });

export const mailQuery = (slug: string, id: string) =>
  queryOptions({ queryKey: ['outbox', slug, id], queryFn: ({ signal }) => loadMail(slug, id, signal) });

export const invitationsQuery = (slug: string) =>
  queryOptions({
    queryKey: ['invitations', slug],
    queryFn: ({ signal }) => loadInvitations(slug, signal),
    refetchInterval: organizationsEveryMs,
  });

export const confirmationsQuery = (slug: string) =>
  queryOptions({
    queryKey: ['confirmations', slug],
    queryFn: ({ signal }) => loadConfirmations(slug, signal),
    refetchInterval: organizationsEveryMs,
  });

export const domainsQuery = (slug: string) =>
  queryOptions({
    queryKey: ['domains', slug],
    queryFn: ({ signal }) => loadDomains(slug, signal),
    refetchInterval: organizationsEveryMs,
  });

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
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
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
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
    refetchOnWindowFocus: (query) => (query.state.data?.pages.length ?? 0) <= 1,
  });

export const removedQuery = (organization: string) =>
  infiniteQueryOptions({
    queryKey: ['removed', organization],
    queryFn: ({ pageParam, signal }) => loadRemoved(organization, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
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
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
  });

/** Followed while it shows the first page only: who has gone on wants the lines to stand still. */
export const peopleQuery = (organization: string, filter: PeopleFilter) =>
  infiniteQueryOptions({
    queryKey: ['people', organization, filter],
    queryFn: ({ pageParam, signal }) => loadPeople(organization, filter, { cursor: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
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
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
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
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
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
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
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
