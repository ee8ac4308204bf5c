import { TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { giveAccess } from '../api/access.ts';
import { licensesQuery } from '../api/queries.ts';
import { ChoiceField } from '../shell/ChoiceField.tsx';
import { EditDialog, type Editing } from '../shell/EditDialog.tsx';
import { licenseNames } from './words.ts';

/** The same for who is known, where nothing else is asked about licenses. */
export function EditPersonByQuery(props: Omit<EditPersonProps, 'licenses'> & { userName: string }) {
  const { data } = useQuery(licensesQuery(props.slug));
  return <EditPerson {...props} licenses={licenseNames(data)} />;
}

interface EditPersonProps extends Editing {
  slug: string;
  /** The person to change; undefined for one who is named in the dialog. */
  userName: string | undefined;
  licenses: string[];
}

const stays = 'as it is';
const takenBack = 'what the rules give';
const roles = ['viewer', 'member', 'admin', 'owner'];
const wanted = (value: string) => (value === stays ? undefined : value === takenBack ? null : value);

/** Gives one person a role or a license by hand, or takes back what was given. */
export function EditPerson({ slug, userName: known, licenses, saved, close }: EditPersonProps) {
  const [userName, setUserName] = useState(known ?? '');
  const [role, setRole] = useState(stays);
  const [license, setLicense] = useState(stays);
  const submit = () => giveAccess(slug, userName.trim(), { role: wanted(role), license: wanted(license) });
  return (
    <EditDialog
      title={known === undefined ? 'Give a role or a license' : `Role and license of ${known}`}
      submits="Save"
      isComplete={userName.trim() !== '' && (role !== stays || license !== stays)}
      submit={submit}
      saved={saved}
      close={close}
    >
      {known === undefined && (
        <TextInput
          label="Member"
          description="The login name, as the provider sends it"
          placeholder="ada@acme.example"
          value={userName}
          onChange={(event) => setUserName(event.currentTarget.value)}
          data-autofocus
        />
      )}
      <ChoiceField label="Role by hand" value={role} choose={setRole} choices={[stays, takenBack, ...roles]} />
      <ChoiceField
        label="License by hand"
        description="It counts where licenses come from rules or are given by hand"
        value={license}
        choose={setLicense}
        choices={[stays, takenBack, ...licenses]}
      />
    </EditDialog>
  );
}
