import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Organization } from '../../../src/http/api/schemas/organization.ts';
import { connectionQuery, heldQuery, signInQuery } from '../api/queries.ts';
import { ConnectionSection } from '../provisioning/ConnectionSection.tsx';
import { FirstSteps } from '../provisioning/FirstSteps.tsx';
import { Forecast } from '../provisioning/Forecast.tsx';
import { HeldBatches } from '../provisioning/HeldBatches.tsx';
import { ProvidersSection } from '../provisioning/ProvidersSection.tsx';
import { Failure } from '../shell/Failure.tsx';
import { OrganizationFrame } from './OrganizationFrame.tsx';

/** The link to the identity provider: how to make it, whether what the provider asks is in force, and what is held back. */
export function ProvisioningPage({ slug }: { slug: string }) {
  return (
    <OrganizationFrame slug={slug} page="/organizations/$slug/provisioning">
      {(organization) => <Provisioning key={slug} organization={organization} />}
    </OrganizationFrame>
  );
}

function Provisioning({ organization }: { organization: Organization }) {
  const { slug, lastRequestAt } = organization;
  // A first call does not take away what somebody is reading, nor a token that is shown once.
  const [isNew] = useState(lastRequestAt === null);
  const connection = useQuery(connectionQuery(slug));
  const held = useQuery(heldQuery(slug));
  const signIn = useQuery(signInQuery(slug));
  const failed = connection.error ?? held.error ?? signIn.error;
  const retry = () => {
    void connection.refetch();
    void held.refetch();
    void signIn.refetch();
  };
  return (
    <>
      {failed !== null && <Failure title="Provisioning cannot be brought up to date" error={failed} retry={retry} />}
      {(connection.data === undefined || held.data === undefined) && failed === null && (
        <Skeleton height={220} aria-label="Loading the state of provisioning" />
      )}
      {connection.data !== undefined && <ConnectionSection organization={organization} connection={connection.data} />}
      {held.data !== undefined && connection.data !== undefined && (
        <HeldBatches slug={slug} batches={held.data.items} state={connection.data.state} />
      )}
      {connection.data !== undefined && signIn.data !== undefined && (
        <ProvidersSection slug={slug} signIn={signIn.data} state={connection.data.state} />
      )}
      {connection.data !== undefined && isNew && <FirstSteps organization={organization} />}
      <Forecast slug={slug} />
    </>
  );
}
