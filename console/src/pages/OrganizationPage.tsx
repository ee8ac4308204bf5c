import { Badge, Breadcrumbs, Group, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import type { Organization } from '../../../src/http/api/schemas/organization.ts';
import { organizationsQuery } from '../api/queries.ts';
import { ScimState } from '../organizations/ScimState.tsx';
import { RequestDrawer } from '../requests/RequestDrawer.tsx';
import { RequestLog } from '../requests/RequestLog.tsx';
import { Failure } from '../shell/Failure.tsx';
import { PageLink } from '../shell/PageLink.tsx';
import { CopyText } from '../text/CopyText.tsx';
import { NextCommand } from '../text/NextCommand.tsx';
import { TimeAgo } from '../text/TimeAgo.tsx';

interface OrganizationPageProps {
  slug: string;
  onlyErrors: boolean;
  setOnlyErrors: (onlyErrors: boolean) => void;
  openId: string | undefined;
  closeRequest: () => void;
}

/** One organization: its connection and its request log, with one request's details over it when its address says so. */
export function OrganizationPage({ slug, onlyErrors, setOnlyErrors, openId, closeRequest }: OrganizationPageProps) {
  const { data, error, refetch } = useQuery(organizationsQuery);
  const organization = data?.items.find((candidate) => candidate.slug === slug);
  useDocumentTitle(`${organization?.name ?? slug} – Rollcall`);
  return (
    <Stack gap="lg">
      <Breadcrumbs>
        <PageLink to="/" size="sm">
          Organizations
        </PageLink>
        <Text size="sm" aria-current="page">
          {organization?.name ?? slug}
        </Text>
      </Breadcrumbs>
      {error !== null && (
        <Failure title="The organization cannot be brought up to date" error={error} retry={refetch} />
      )}
      {data === undefined && error === null && <Skeleton height={90} aria-label="Loading the organization" />}
      {data !== undefined && organization === undefined && (
        <NextCommand title={`There is no organization ${slug}`} command="npx rollcall org list">
          It may be spelled differently. This command lists the ones that exist:
        </NextCommand>
      )}
      {organization !== undefined && (
        <>
          <Connection organization={organization} />
          <RequestLog {...{ organization, onlyErrors, setOnlyErrors, openId }} />
          <RequestDrawer slug={slug} id={openId} close={closeRequest} />
        </>
      )}
    </Stack>
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
