import { Alert, Badge, Breadcrumbs, Group, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { Organization } from '../../../src/http/api/schemas/organization.ts';
import { ApiError } from '../api/errors.ts';
import { heldQuery, organizationQuery } from '../api/queries.ts';
import { ScimState } from '../organizations/ScimState.tsx';
import { brakedText } from '../provisioning/words.ts';
import { Failure } from '../shell/Failure.tsx';
import { PageLink } from '../shell/PageLink.tsx';
import { CopyText } from '../text/CopyText.tsx';
import { NextCommand } from '../text/NextCommand.tsx';
import { TimeAgo } from '../text/TimeAgo.tsx';

const pages = [
  { to: '/organizations/$slug', text: 'Requests' },
  { to: '/organizations/$slug/people', text: 'People' },
  { to: '/organizations/$slug/teams', text: 'Teams' },
  { to: '/organizations/$slug/provisioning', text: 'Provisioning' },
  { to: '/organizations/$slug/events', text: 'Events' },
  { to: '/organizations/$slug/audit', text: 'Audit' },
  { to: '/organizations/$slug/health', text: 'Connection health' },
  { to: '/organizations/$slug/keys', text: 'Tokens and keys' },
  { to: '/organizations/$slug/access', text: 'Licenses & roles' },
  { to: '/organizations/$slug/mail', text: 'Mail & domains' },
  { to: '/organizations/$slug/policy', text: 'Policy' },
] as const;

interface OrganizationFrameProps {
  slug: string;
  /** The page that is shown, by its address. */
  page: (typeof pages)[number]['to'];
  children: (organization: Organization) => ReactNode;
}

/** What every page of one organization begins with: what it is, how it is connected, and the way to its other pages. */
export function OrganizationFrame({ slug, page, children }: OrganizationFrameProps) {
  const { data: organization, error, refetch } = useQuery(organizationQuery(slug));
  const isMissing = error instanceof ApiError && error.status === 404;
  const title = pages.find(({ to }) => to === page)?.text;
  useDocumentTitle(`${title} – ${organization?.name ?? slug} – Rollcall`);
  return (
    <Stack gap="lg">
      <Breadcrumbs styles={{ root: { flexWrap: 'wrap' }, breadcrumb: { whiteSpace: 'normal', minWidth: 0 } }}>
        <PageLink to="/" size="sm">
          Organizations
        </PageLink>
        <Text size="sm" aria-current="page" style={{ overflowWrap: 'anywhere' }}>
          {organization?.name ?? slug}
        </Text>
      </Breadcrumbs>
      {error !== null && !isMissing && (
        <Failure title="The organization cannot be brought up to date" error={error} retry={refetch} />
      )}
      {organization === undefined && error === null && <Skeleton height={90} aria-label="Loading the organization" />}
      {isMissing && (
        <NextCommand title={`There is no organization ${slug}`} command="npx rollcall org list">
          It may be spelled differently. This command lists the ones that exist:
        </NextCommand>
      )}
      {organization !== undefined && !isMissing && (
        <>
          <Connection organization={organization} />
          <Group gap="lg" component="nav" aria-label={`Pages of ${organization.name}`}>
            {pages.map(({ to, text }) => (
              <PageLink
                key={to}
                to={to}
                params={{ slug }}
                fw={to === page ? 700 : 400}
                aria-current={to === page ? 'page' : undefined}
              >
                {text}
              </PageLink>
            ))}
          </Group>
          <BrakeAlarm slug={slug} isHere={page === '/organizations/$slug/provisioning'} />
          {children(organization)}
        </>
      )}
    </Stack>
  );
}

/** Says on every page of an organization that the brake holds something, which waits for whoever looks at it. */
function BrakeAlarm({ slug, isHere }: { slug: string; isHere: boolean }) {
  const { data } = useQuery(heldQuery(slug));
  const held = data?.items.filter(({ cause, state }) => cause === 'brake' && state === 'open') ?? [];
  if (held.length === 0) return null;
  return (
    <Alert color="red" variant="light" title="The brake holds changes of the identity provider" role="alert">
      It asked for more than the policy lets happen at a time: {held.map(brakedText).join(', ')}. What went beyond waits
      for an admin; everything else goes on.{' '}
      {!isHere && (
        <PageLink to="/organizations/$slug/provisioning" params={{ slug }} size="sm">
          Look at what is held
        </PageLink>
      )}
    </Alert>
  );
}

function Connection({ organization }: { organization: Organization }) {
  const { name, plan, status, scim, scimBaseUrl, members, teams, tokens, lastRequestAt } = organization;
  return (
    <Stack gap={6}>
      <Group gap="sm">
        <Title order={1} size="h3">
          {name}
        </Title>
        <ScimState state={scim} />
        {status === 'suspended' && (
          <Badge variant="light" color="orange" tt="none">
            Suspended
          </Badge>
        )}
      </Group>
      <Text size="sm">
        {count(members, 'member')} · {count(teams, 'team')} · {count(tokens, 'token')} · {plan} plan · last request{' '}
        {lastRequestAt === null ? 'never' : <TimeAgo at={lastRequestAt} />}
      </Text>
      <Group gap="xs">
        <Text size="sm" c="dimmed">
          SCIM base URL
        </Text>
        <CopyText text={scimBaseUrl} what="SCIM base URL" />
      </Group>
    </Stack>
  );
}

function count(number: number, noun: string): string {
  return `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`;
}
