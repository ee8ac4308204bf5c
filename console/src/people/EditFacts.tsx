import { Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { MemberDetail } from '../../../src/http/api/schemas/member.ts';
import { editPerson, type PersonEdit } from '../api/people.ts';
import { EditDialog, type Editing } from '../shell/EditDialog.tsx';

type Field = 'userName' | 'displayName' | 'givenName' | 'familyName' | 'email';

export const personFields: Record<Field, { label: string; description?: string }> = {
  userName: { label: 'Login name', description: 'As the provider would send it' },
  displayName: { label: 'Display name' },
  givenName: { label: 'Given name' },
  familyName: { label: 'Family name' },
  email: { label: 'E-mail' },
};

/** Edits what an admin may write of a person: of one whom the provider manages the name and the address in force. */
export function EditFacts({
  slug,
  person,
  tag,
  saved,
  close,
}: Editing & { slug: string; person: MemberDetail; tag: string }) {
  const before = factsOf(person);
  const [facts, setFacts] = useState(before);
  const fields = Object.keys(before) as Field[];
  const changed = fields.filter((field) => facts[field]?.trim() !== before[field]);
  const submit = () => {
    const edit = Object.fromEntries(changed.map((field) => [field, facts[field]?.trim() || null])) as PersonEdit;
    return editPerson(slug, person.id, edit, tag);
  };
  return (
    <EditDialog
      title={`Edit ${person.userName}`}
      submits="Save"
      isComplete={changed.length > 0 && facts.userName?.trim() !== ''}
      submit={submit}
      fields={fields}
      {...{ saved, close }}
    >
      {(errors) => (
        <>
          {fields.map((field, place) => (
            <TextInput
              key={field}
              {...personFields[field]}
              value={facts[field] ?? ''}
              onChange={(event) => setFacts({ ...facts, [field]: event.currentTarget.value })}
              error={errors[field]}
              {...(place === 0 ? { 'data-autofocus': true } : {})}
            />
          ))}
          {person.origin !== 'local' && (
            <Text size="xs" c="dimmed">
              It holds until the provider’s next request about the person. The login name is changed in the provider.
            </Text>
          )}
        </>
      )}
    </EditDialog>
  );
}

/** What can be written of a person, as it is. A local person’s name has parts; of another only the name in force is known. */
function factsOf({ origin, userName, name, email, asked }: MemberDetail): Partial<Record<Field, string>> {
  if (origin !== 'local') return { displayName: name, email: email ?? '' };
  const { displayName = '', name: parts = {} } = asked as {
    displayName?: string;
    name?: { givenName?: string; familyName?: string };
  };
  return {
    userName,
    displayName,
    givenName: parts.givenName ?? '',
    familyName: parts.familyName ?? '',
    email: email ?? '',
  };
}
