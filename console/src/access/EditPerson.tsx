import { NativeSelect, TextInput } from '@mantine/core';
import { useState } from 'react';
import { giveAccess } from '../api/client.ts';
import { EditDialog } from '../shell/EditDialog.tsx';

interface EditPersonProps {
  slug: string;
  /** The person to change; undefined for one who is named in the dialog. */
  userName: string | undefined;
  licenses: string[];
  saved: () => Promise<void>;
  close: () => void;
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
  const submit = async () => {
    await giveAccess(slug, userName.trim(), { role: wanted(role), license: wanted(license) });
    await saved();
  };
  return (
    <EditDialog
      title={known === undefined ? 'Give a role or a license' : `Role and license of ${known}`}
      submits="Save"
      isComplete={userName.trim() !== '' && (role !== stays || license !== stays)}
      submit={submit}
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
      <NativeSelect
        label="Role by hand"
        value={role}
        onChange={(event) => setRole(event.currentTarget.value)}
        data={[stays, takenBack, ...roles]}
      />
      <NativeSelect
        label="License by hand"
        description="It counts where licenses come from rules or are given by hand"
        value={license}
        onChange={(event) => setLicense(event.currentTarget.value)}
        data={[stays, takenBack, ...licenses]}
      />
    </EditDialog>
  );
}
