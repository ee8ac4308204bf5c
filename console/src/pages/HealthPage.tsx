import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { findingsQuery, healthQuery } from '../api/queries.ts';
import { Comparison } from '../health/Comparison.tsx';
import { ConnectionHealth } from '../health/ConnectionHealth.tsx';
import { EndedConnections } from '../health/EndedConnections.tsx';
import { SetupDoctor } from '../health/SetupDoctor.tsx';
import { Failure } from '../shell/Failure.tsx';
import { OrganizationFrame } from './OrganizationFrame.tsx';

/** How the link to the identity provider does, and what of its setup should be looked at. */
export function HealthPage({ slug }: { slug: string }) {
  return (
    <OrganizationFrame slug={slug} page="/organizations/$slug/health">
      {() => <Health slug={slug} />}
    </OrganizationFrame>
  );
}

function Health({ slug }: { slug: string }) {
  const health = useQuery(healthQuery(slug));
  const findings = useQuery(findingsQuery(slug));
  const failed = health.error ?? findings.error;
  const retry = () => {
    void health.refetch();
    void findings.refetch();
  };
  return (
    <>
      {failed !== null && (
        <Failure title="The health of the connection cannot be brought up to date" error={failed} retry={retry} />
      )}
      {(health.data === undefined || findings.data === undefined) && failed === null && (
        <Skeleton height={90} aria-label="Loading the health of the connection" />
      )}
      {findings.data !== undefined && <SetupDoctor slug={slug} found={findings.data} />}
      {health.data !== undefined && <ConnectionHealth health={health.data} />}
      <Comparison key={slug} slug={slug} />
      <EndedConnections slug={slug} />
    </>
  );
}
