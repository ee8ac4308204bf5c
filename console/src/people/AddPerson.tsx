import { Checkbox, TextInput } from '@mantine/core';
import { useState } from 'react';
import { addPerson } from '../api/people.ts';
import { EditDialog, type Editing } from '../shell/EditDialog.tsx';
import { personFields } from './EditFacts.tsx';

const fields = ['userName', 'displayName', 'email'] as const;

/** Makes a person whom no provider manages. */
export function AddPerson({ slug, saved, close }: Editing & { slug: string }) {
  const [facts, setFacts] = useState<Partial<Record<(typeof fields)[number], string>>>({});
  const [isBeside, setBeside] = useState(false);
  const written = (field: (typeof fields)[number]) => facts[field]?.trim() ?? '';
  const submit = () =>
    addPerson(slug, {
      userName: written('userName'),
      ...(written('displayName') === '' ? {} : { displayName: written('displayName') }),
      ...(written('email') === '' ? {} : { email: written('email') }),
      ...(isBeside ? { breakGlass: true } : {}),
    });
  return (
    <EditDialog
      title="Add a person"
      submits="Add the person"
      isComplete={written('userName') !== ''}
      submit={submit}
      fields={fields}
      {...{ saved, close }}
    >
      {(errors) => (
        <>
          {fields.map((field) => (
            <TextInput
              key={field}
              {...personFields[field]}
              value={facts[field] ?? ''}
              onChange={(event) => setFacts({ ...facts, [field]: event.currentTarget.value })}
              error={errors[field]}
              {...(field === 'userName' ? { 'data-autofocus': true } : {})}
            />
          ))}
          <Checkbox
            label="Although people come from the provider"
            description="For a way in beside it: while the connection is on, nobody else is made here"
            checked={isBeside}
            onChange={(event) => setBeside(event.currentTarget.checked)}
          />
        </>
      )}
    </EditDialog>
  );
}
