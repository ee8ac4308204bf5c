import { Button, Group, SegmentedControl, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import type { Organization } from '../../../src/http/api/schemas/organization.ts';
import { requestsQuery } from '../api/queries.ts';
import { Failure } from '../shell/Failure.tsx';
import { NextCommand } from '../text/NextCommand.tsx';
import { RequestTable } from './RequestTable.tsx';

interface RequestLogProps {
  organization: Organization;
  onlyErrors: boolean;
  setOnlyErrors: (onlyErrors: boolean) => void;
  openId: string | undefined;
}

/** The organization's request log: live at its newest end, older pages on demand. */
export function RequestLog({ organization, onlyErrors, setOnlyErrors, openId }: RequestLogProps) {
  const query = requestsQuery(organization.slug, onlyErrors);
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(query);
  const client = useQueryClient();
  const requests = data?.pages.flatMap((page) => page.items);
  const live = (data?.pages.length ?? 0) <= 1;

  return (
    <Stack gap="xs" component="section" aria-labelledby="requests">
      <Group justify="space-between">
        <Title order={2} size="h4" id="requests">
          Last requests
        </Title>
        <Group gap="sm">
          <Text size="xs" c="dimmed" role="status">
            {live ? 'New requests appear by themselves' : 'Standing still while you look at older requests'}
          </Text>
          {!live && (
            <Button
              size="compact-xs"
              variant="default"
              onClick={() => client.resetQueries({ queryKey: query.queryKey })}
            >
              Back to the newest
            </Button>
          )}
          <SegmentedControl
            size="xs"
            aria-label="Which requests"
            value={onlyErrors ? 'error' : 'all'}
            onChange={(value) => setOnlyErrors(value === 'error')}
            data={[
              { value: 'all', label: 'All' },
              { value: 'error', label: 'Errors' },
            ]}
          />
        </Group>
      </Group>
      {error !== null && <Failure title="The requests cannot be brought up to date" error={error} retry={refetch} />}
      {requests === undefined && error === null && <Skeleton height={200} aria-label="Loading the requests" />}
      {requests?.length === 0 && <NoRequests organization={organization} onlyErrors={onlyErrors} />}
      {requests !== undefined && requests.length > 0 && (
        <RequestTable slug={organization.slug} requests={requests} openId={openId} />
      )}
      {hasNextPage && (
        <Group justify="center">
          <Button variant="default" size="xs" loading={isFetchingNextPage} onClick={() => fetchNextPage()}>
            Show older requests
          </Button>
        </Group>
      )}
    </Stack>
  );
}

function NoRequests({ organization, onlyErrors }: { organization: Organization; onlyErrors: boolean }) {
  if (onlyErrors) {
    return (
      <NextCommand title="No errors">Every request that is still in the log was answered with success.</NextCommand>
    );
  }
  if (organization.scim === 'off') {
    return (
      <NextCommand title="Provisioning is off" command={`npx rollcall scim enable ${organization.slug}`}>
        Requests of the identity provider are refused until it is turned on:
      </NextCommand>
    );
  }
  if (organization.tokens === 0) {
    return (
      <NextCommand title="No token yet" command={`npx rollcall token create ${organization.slug} --name Okta`}>
        The identity provider needs a token to sign in with. This command prints one, once, with the SCIM base URL
        beside it:
      </NextCommand>
    );
  }
  return (
    <NextCommand title="No requests yet" command={organization.scimBaseUrl}>
      In Okta, open the application's Provisioning tab, paste this SCIM base URL and the token, and press Test API
      Credentials. The request appears here.
    </NextCommand>
  );
}
