import { Skeleton } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Mapping } from '../../../src/http/api/schemas/access.ts';
import { AdministratorTable, BreakGlassTable, WaitingTable } from '../access/AccessTables.tsx';
import { EditMapping } from '../access/EditMapping.tsx';
import { EditPerson } from '../access/EditPerson.tsx';
import { EditSeats } from '../access/EditSeats.tsx';
import { LicenseTable } from '../access/LicenseTable.tsx';
import { MappingTable } from '../access/MappingTable.tsx';
import { Simulator } from '../access/Simulator.tsx';
import { licenseNames } from '../access/words.ts';
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

/** What is being changed. */
type Dialog =
  | { kind: 'seats'; license: string }
  | { kind: 'mapping'; mapping: Mapping | undefined }
  | { kind: 'person'; userName: string | undefined };

function Access({ slug }: { slug: string }) {
  const [dialog, setDialog] = useState<Dialog>();
  const client = useQueryClient();
  const licenses = useQuery(licensesQuery(slug));
  const mappings = useQuery(teamMappingsQuery(slug));
  const waiting = useQuery(accessQuery(slug, 'waiting'));
  const administering = useQuery(accessQuery(slug, 'administering'));
  const waysIn = useQuery(accessQuery(slug, 'break-glass'));
  const questions = [licenses, mappings, waiting, administering, waysIn];
  const close = () => setDialog(undefined);
  const saved = async () => {
    await Promise.all(
      ['licenses', 'team-mappings', 'access'].map((key) => client.invalidateQueries({ queryKey: [key, slug] })),
    );
  };
  const names = licenseNames(licenses.data);
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
      {licenses.data !== undefined && (
        <LicenseTable licenses={licenses.data} edit={(license) => setDialog({ kind: 'seats', license })} />
      )}
      {waiting.data !== undefined && <WaitingTable people={waiting.data} />}
      {mappings.data !== undefined && (
        <MappingTable mappings={mappings.data} edit={(mapping) => setDialog({ kind: 'mapping', mapping })} />
      )}
      {administering.data !== undefined && (
        <AdministratorTable
          slug={slug}
          people={administering.data}
          edit={(userName) => setDialog({ kind: 'person', userName })}
        />
      )}
      {waysIn.data !== undefined && <BreakGlassTable slug={slug} people={waysIn.data} />}
      {licenses.data !== undefined && <Simulator slug={slug} licenses={licenses.data} />}
      {dialog?.kind === 'seats' && (
        <EditSeats
          slug={slug}
          license={dialog.license}
          seats={licenses.data?.items.find(({ license }) => license === dialog.license)?.seats ?? null}
          {...{ saved, close }}
        />
      )}
      {dialog?.kind === 'mapping' && (
        <EditMapping slug={slug} mapping={dialog.mapping} licenses={names} {...{ saved, close }} />
      )}
      {dialog?.kind === 'person' && (
        <EditPerson slug={slug} userName={dialog.userName} licenses={names} {...{ saved, close }} />
      )}
    </>
  );
}
