import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { AdministratorTable, WaitingTable } from '../access/AccessTables.tsx';
import { LicenseTable } from '../access/LicenseTable.tsx';
import { MappingTable } from '../access/MappingTable.tsx';
import { Simulator } from '../access/Simulator.tsx';
import { accessQuery, licensesQuery, teamMappingsQuery } from '../api/queries.ts';
import { Failure } from '../shell/Failure.tsx';
import { OrganizationFrame } from './OrganizationFrame.tsx';

/** What people of one organization may and with which licenses: seats, what gives them, who waits, and what other rules would do. */
export function AccessPage({ slug }: { slug: string }) {
  return (
    <OrganizationFrame slug={slug} page="/organizations/$slug/access">
      {() => <Access slug={slug} />}
    </OrganizationFrame>
  );
}

function Access({ slug }: { slug: string }) {
  const licenses = useQuery(licensesQuery(slug));
  const mappings = useQuery(teamMappingsQuery(slug));
  const waiting = useQuery(accessQuery(slug, 'waiting'));
  const administering = useQuery(accessQuery(slug, 'administering'));
  const questions = [licenses, mappings, waiting, administering];
  const failed = questions.find(({ error }) => error !== null);
  const retry = () => {
    for (const question of questions) void question.refetch();
  };
  return (
    <>
      {failed?.error && (
        <Failure title="Licenses and roles cannot be brought up to date" error={failed.error} retry={retry} />
      )}
      {questions.some(({ data, error }) => data === undefined && error === null) && (
        <Skeleton height={90} aria-label="Loading licenses and roles" />
      )}
      {licenses.data !== undefined && <LicenseTable licenses={licenses.data} />}
      {waiting.data !== undefined && <WaitingTable people={waiting.data} />}
      {mappings.data !== undefined && <MappingTable mappings={mappings.data} />}
      {administering.data !== undefined && <AdministratorTable people={administering.data} />}
      {licenses.data !== undefined && <Simulator slug={slug} licenses={licenses.data} />}
    </>
  );
}
