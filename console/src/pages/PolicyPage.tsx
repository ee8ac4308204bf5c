import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { policyQuery, presetsQuery } from '../api/queries.ts';
import { PolicyForm } from '../policy/PolicyForm.tsx';
import { Failure } from '../shell/Failure.tsx';
import { OrganizationFrame } from './OrganizationFrame.tsx';

/** What an organization decides about provisioning: its preset, where it deviates, and what a change would bring about. */
export function PolicyPage({ slug }: { slug: string }) {
  return (
    <OrganizationFrame slug={slug} page="/organizations/$slug/policy">
      {() => <LoadedPolicy slug={slug} />}
    </OrganizationFrame>
  );
}

function LoadedPolicy({ slug }: { slug: string }) {
  const stored = useQuery(policyQuery(slug));
  const presets = useQuery(presetsQuery(slug));
  const error = stored.error ?? presets.error;
  const retry = () => Promise.all([stored.refetch(), presets.refetch()]);
  if (error !== null) return <Failure title="The policy cannot be read" error={error} retry={retry} />;
  if (stored.data === undefined || presets.data === undefined) {
    return <Skeleton height={300} aria-label="Loading the policy" />;
  }
  // Another tag is another policy, of which nothing has been edited yet.
  return <PolicyForm key={stored.data.tag} slug={slug} stored={stored.data} presets={presets.data} />;
}
