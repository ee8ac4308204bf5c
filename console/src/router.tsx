import { createRootRoute, createRoute, createRouter, Outlet, useNavigate, useParams } from '@tanstack/react-router';
import type { Subject } from './audit/SubjectDrawer.tsx';
import { AccessPage } from './pages/AccessPage.tsx';
import { AuditPage } from './pages/AuditPage.tsx';
import { EventsPage } from './pages/EventsPage.tsx';
import { HealthPage } from './pages/HealthPage.tsx';
import { KeysPage } from './pages/KeysPage.tsx';
import { MailPage } from './pages/MailPage.tsx';
import { OrganizationPage } from './pages/OrganizationPage.tsx';
import { OverviewPage } from './pages/OverviewPage.tsx';
import { PeoplePage } from './pages/PeoplePage.tsx';
import { PolicyPage } from './pages/PolicyPage.tsx';
import { ProvisioningPage } from './pages/ProvisioningPage.tsx';
import { TeamsPage } from './pages/TeamsPage.tsx';
import { ConsoleShell } from './shell/ConsoleShell.tsx';
import { NextCommand } from './text/NextCommand.tsx';

const root = createRootRoute({
  component: ConsoleShell,
  notFoundComponent: () => (
    <NextCommand title="There is no such page">The link at the top left leads to the overview.</NextCommand>
  ),
});

const overview = createRoute({ getParentRoute: () => root, path: '/', component: OverviewPage });

/** The list's filter is part of the address, so that it survives a reload and can be passed on. */
interface RequestFilter {
  status?: 'error';
}

const organization = createRoute({
  getParentRoute: () => root,
  path: '/organizations/$slug',
  validateSearch: (search): RequestFilter => (search.status === 'error' ? { status: 'error' } : {}),
  component: OrganizationRoute,
});

/** Draws nothing of its own: the page above it shows the request over the list. */
const request = createRoute({ getParentRoute: () => organization, path: '/requests/$id', component: Outlet });

/** What is looked for and what is open over the list are part of the address, so that both survive a reload and can be passed on. */
interface Looked {
  search?: string;
  status?: string;
  person?: string;
  team?: string;
}

/** What an address says is looked for, without what is empty or nothing of it. */
const looked = (search: Record<string, unknown>): Looked =>
  Object.fromEntries(
    ['search', 'status', 'person', 'team'].flatMap((name) => {
      const value = search[name];
      // The router reads digits as a number.
      const text = typeof value === 'number' ? String(value) : value;
      return typeof text === 'string' && text !== '' ? [[name, text]] : [];
    }),
  );

/** The person or team that an address opens. */
const opened = ({ person, team }: Looked): Subject | undefined =>
  person !== undefined ? { kind: 'member', id: person } : team !== undefined ? { kind: 'team', id: team } : undefined;

const opening = ({ kind, id }: Subject): Looked => (kind === 'member' ? { person: id } : { team: id });

const people = createRoute({
  getParentRoute: () => root,
  path: '/organizations/$slug/people',
  validateSearch: looked,
  component: PeopleRoute,
});

const teams = createRoute({
  getParentRoute: () => root,
  path: '/organizations/$slug/teams',
  validateSearch: looked,
  component: TeamsRoute,
});

const keys = createRoute({
  getParentRoute: () => root,
  path: '/organizations/$slug/keys',
  component: () => <KeysPage slug={keys.useParams().slug} />,
});

const provisioning = createRoute({
  getParentRoute: () => root,
  path: '/organizations/$slug/provisioning',
  component: () => <ProvisioningPage slug={provisioning.useParams().slug} />,
});

const health = createRoute({
  getParentRoute: () => root,
  path: '/organizations/$slug/health',
  component: () => <HealthPage slug={health.useParams().slug} />,
});

const events = createRoute({
  getParentRoute: () => root,
  path: '/organizations/$slug/events',
  component: () => <EventsPage slug={events.useParams().slug} />,
});

const audit = createRoute({
  getParentRoute: () => root,
  path: '/organizations/$slug/audit',
  component: () => <AuditPage slug={audit.useParams().slug} />,
});

const access = createRoute({
  getParentRoute: () => root,
  path: '/organizations/$slug/access',
  component: () => <AccessPage slug={access.useParams().slug} />,
});

const policy = createRoute({
  getParentRoute: () => root,
  path: '/organizations/$slug/policy',
  component: () => <PolicyPage slug={policy.useParams().slug} />,
});

const mail = createRoute({
  getParentRoute: () => root,
  path: '/organizations/$slug/mail',
  component: () => <MailPage slug={mail.useParams().slug} />,
});

function PeopleRoute() {
  const { slug } = people.useParams();
  const { search = '', status = '', ...address } = people.useSearch();
  const navigate = useNavigate();
  const go = (to: Looked) =>
    navigate({ to: '/organizations/$slug/people', params: { slug }, search: looked({ ...to }), resetScroll: false });
  return (
    <PeoplePage
      slug={slug}
      filter={{ search, status }}
      choose={go}
      shown={opened(address)}
      open={(subject) => go({ search, status, ...opening(subject) })}
      close={() => go({ search, status })}
    />
  );
}

function TeamsRoute() {
  const { slug } = teams.useParams();
  const { search = '', ...address } = teams.useSearch();
  const navigate = useNavigate();
  const go = (to: Looked) =>
    navigate({ to: '/organizations/$slug/teams', params: { slug }, search: looked({ ...to }), resetScroll: false });
  return (
    <TeamsPage
      slug={slug}
      search={search}
      choose={(text) => go({ search: text })}
      shown={opened(address)}
      open={(subject) => go({ search, ...opening(subject) })}
      close={() => go({ search })}
    />
  );
}

function OrganizationRoute() {
  const { slug } = organization.useParams();
  const { status } = organization.useSearch();
  const { id } = useParams({ strict: false });
  const navigate = useNavigate();
  const filter = (onlyErrors: boolean): RequestFilter => (onlyErrors ? { status: 'error' } : {});
  return (
    <OrganizationPage
      slug={slug}
      onlyErrors={status === 'error'}
      setOnlyErrors={(onlyErrors) =>
        navigate({ to: '/organizations/$slug', params: { slug }, search: filter(onlyErrors) })
      }
      openId={id}
      closeRequest={() =>
        navigate({
          to: '/organizations/$slug',
          params: { slug },
          search: filter(status === 'error'),
          resetScroll: false,
        })
      }
    />
  );
}

export const router = createRouter({
  routeTree: root.addChildren([
    overview,
    organization.addChildren([request]),
    people,
    teams,
    provisioning,
    health,
    keys,
    policy,
    events,
    audit,
    access,
    mail,
  ]),
  basepath: new URL(document.baseURI).pathname,
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
