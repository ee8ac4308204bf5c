import { Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { addTeam, renameTeam, type TaggedTeam } from '../api/teams.ts';
import { EditDialog, type Editing } from '../shell/EditDialog.tsx';

interface NameTeamProps extends Editing {
  slug: string;
  /** The team to rename; undefined for a new one. */
  of?: TaggedTeam;
}

/** Makes a local team, or gives one another name. */
export function NameTeam({ slug, of, saved, close }: NameTeamProps) {
  const [name, setName] = useState(of?.team.name ?? '');
  const written = name.trim();
  const submit = () => (of === undefined ? addTeam(slug, written) : renameTeam(slug, of.team.id, written, of.tag));
  return (
    <EditDialog
      title={of === undefined ? 'Make a team' : `Rename ${of.team.name}`}
      submits={of === undefined ? 'Make the team' : 'Rename the team'}
      isComplete={written !== '' && written !== of?.team.name}
      submit={submit}
      fields={['name']}
      {...{ saved, close }}
    >
      {(errors) => (
        <>
          <TextInput
            label="Name"
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            error={errors.name}
            data-autofocus
          />
          {of !== undefined && of.team.origin !== 'local' && (
            <Text size="xs" c="dimmed">
              It holds until the provider’s next request about the team.
            </Text>
          )}
        </>
      )}
    </EditDialog>
  );
}
