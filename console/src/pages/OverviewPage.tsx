import { Code, Group, Paper, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { Status } from '../../../src/http/api/schemas/status.ts';
import { organizationsQuery, statusQuery } from '../api/queries.ts';
import { OrganizationTable } from '../organizations/OrganizationTable.tsx';
import { Failure } from '../shell/Failure.tsx';
import { NextCommand } from '../text/NextCommand.tsx';
import { TimeAgo } from '../text/TimeAgo.tsx';

/** The first page: what is running, and the organizations on it. */
export function OverviewPage() {
  useDocumentTitle('Rollcall');
  return (
    <Stack gap="lg">
      <Title order={1} size="h3">
        Overview
      </Title>
      <RunningServer />
      <Stack gap="xs" component="section" aria-labelledby="organizations">
        <Title order={2} size="h4" id="organizations">
          Organizations
        </Title>
        <Organizations />
      </Stack>
    </Stack>
  );
}

function RunningServer() {
  const { data, error, refetch } = useQuery(statusQuery);
  if (error !== null) return <Failure title="The status cannot be shown" error={error} retry={refetch} />;
  if (data === undefined) return <Skeleton height={74} aria-label="Loading the status" />;
  return <StatusStrip status={data} />;
}

function StatusStrip({ status }: { status: Status }) {
  const { postgresql, requestsLastHour } = status;
  return (
    <Paper withBorder px="md" py="sm" component="dl" m={0} aria-label="What is running">
      <Group gap="xl">
        <Fact name="Version">{status.version}</Fact>
        <Fact name="Started">
          <TimeAgo at={status.startedAt} />
        </Fact>
        <Fact name="PostgreSQL">
          {postgresql.version}, {postgresql.builtIn ? 'built in' : 'external'}
        </Fact>
        <Fact name="Base URL">
          <Code>{status.baseUrl}</Code>
        </Fact>
        <Fact name="Organizations">{status.organizations.toLocaleString('en')}</Fact>
        <Fact name="Requests in the last hour">
          {requestsLastHour.count.toLocaleString('en')}
          {requestsLastHour.exact ? '' : ' or more'}
        </Fact>
      </Group>
    </Paper>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <Text component="dt" size="xs" c="dimmed">
        {name}
      </Text>
      <Text component="dd" m={0} size="sm" fw={500}>
        {children}
      </Text>
    </div>
  );
}

function Organizations() {
  const { data, error, refetch } = useQuery(organizationsQuery);
  if (data === undefined && error === null) return <Skeleton height={120} aria-label="Loading the organizations" />;
  return (
    <>
      {error !== null && (
        <Failure title="The organizations cannot be brought up to date" error={error} retry={refetch} />
      )}
      {data?.items.length === 0 && (
        <NextCommand title="No organization yet" command='npx rollcall org create acme --name "Acme Corporation"'>
          An organization is a customer whose identity provider decides who is in. Create one on the machine that
          Rollcall runs on:
        </NextCommand>
      )}
      {data !== undefined && data.items.length > 0 && <OrganizationTable organizations={data.items} />}
    </>
  );
}
