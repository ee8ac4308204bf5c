import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Mapping } from '../../../src/http/api/schemas/access.ts';
import { mapTeam, planMapping } from '../api/access.ts';
import { licensesQuery, rolesQuery, teamsQuery } from '../api/queries.ts';
import { ChoiceField } from '../shell/ChoiceField.tsx';
import { EditDialog, type Editing } from '../shell/EditDialog.tsx';
import { PlannedAccess } from './PlannedAccess.tsx';
import { licenseNames } from './words.ts';

/** The same for a team that is known, where nothing else is asked about licenses. */
export function EditMappingByQuery(props: Omit<EditMappingProps, 'licenses'> & { mapping: Mapping }) {
  const { data } = useQuery(licensesQuery(props.slug));
  return <EditMapping {...props} licenses={licenseNames(data)} />;
}

interface EditMappingProps extends Editing {
  slug: string;
  /** The mapping to change; undefined for a team that gives nothing yet. */
  mapping: Mapping | undefined;
  licenses: string[];
}

const nothing = 'nothing';
const given = (value: string) => (value === nothing ? null : value);

/** Sets what a team gives to those who are in it. */
export function EditMapping({ slug, mapping, licenses, saved, close }: EditMappingProps) {
  const teams = useQuery({ ...teamsQuery(slug), enabled: mapping === undefined });
  const roles = useQuery(rolesQuery(slug));
  const [team, setTeam] = useState(mapping?.team.id ?? '');
  const [role, setRole] = useState(mapping?.role ?? nothing);
  const [license, setLicense] = useState(mapping?.license ?? nothing);
  const [isPlanned, setPlanned] = useState(false);
  const gives = { role: given(role), license: given(license) };
  const keys = roles.data?.items.map(({ key }) => key) ?? [];
  const title = mapping === undefined ? 'Map a team' : `What ${mapping.team.name} gives`;
  if (isPlanned) {
    return (
      <PlannedAccess
        title={title}
        noun="The mapping"
        submits="Save the mapping"
        planKey={[slug, team, role, license]}
        plan={(cursor) => planMapping(slug, team, gives, cursor)}
        change={(version) => mapTeam(slug, team, gives, version)}
        saved={saved}
        close={close}
      />
    );
  }
  return (
    <EditDialog
      title={title}
      submits="Show what would change"
      isComplete={team !== '' && roles.data !== undefined}
      plan={() => setPlanned(true)}
      close={close}
    >
      {mapping === undefined && (
        <ChoiceField
          label="Team"
          description="Names grant nothing: the mapping is of this team, whatever it is called later"
          value={team}
          choose={setTeam}
          choices={[
            { value: '', label: 'Choose a team' },
            ...(teams.data?.items.map(({ id, name }) => ({ value: id, label: name })) ?? []),
          ]}
        />
      )}
      <ChoiceField label="Role" value={role} choose={setRole} choices={[nothing, ...keys]} />
      <ChoiceField label="License" value={license} choose={setLicense} choices={[nothing, ...licenses]} />
      <Text size="xs" c="dimmed">
        It is so at once for everybody in the team. A role is cut to the ceiling of the token that put the person there.
      </Text>
    </EditDialog>
  );
}
