import { TextInput } from '@mantine/core';
import { useState } from 'react';
import type { Token } from '../../../src/http/api/schemas/token.ts';
import { rangesOf } from '../addresses/RangesField.tsx';
import { type Choices, changeToken, setRoleCeiling } from '../api/keys.ts';
import { EditDialog, type Editing } from '../shell/EditDialog.tsx';
import { type EditedLimits, limitFields, TokenLimitFields } from './TokenLimitFields.tsx';

interface ChangeTokenProps extends Editing {
  slug: string;
  token: Token;
  choices: Choices;
}

/** Changes the name and the limits of a token. Its text stays. */
export function ChangeToken({ slug, token, choices, saved, close }: ChangeTokenProps) {
  const before: EditedLimits = {
    scopes: token.scopes,
    addresses: token.addresses.join('\n'),
    roleCeiling: token.roleCeiling,
  };
  const [name, setName] = useState(token.name);
  const [limits, setLimits] = useState(before);
  const submit = async () => {
    const { roleCeiling } = limits;
    // The order of the table, whatever the order of the clicks.
    const scopes = choices.tokenScopes.filter((scope) => limits.scopes.includes(scope)) as Token['scopes'];
    await changeToken(slug, token.id, { name: name.trim(), scopes, addresses: rangesOf(limits.addresses) });
    if (roleCeiling !== before.roleCeiling) await setRoleCeiling(slug, token.id, roleCeiling);
  };
  return (
    <EditDialog
      title={`Change the token ${token.name}`}
      submits="Save the token"
      isComplete={name.trim() !== '' && limits.scopes.length > 0}
      submit={submit}
      saved={saved}
      fields={['name', ...limitFields]}
      size="lg"
      close={close}
    >
      {(errors) => (
        <>
          <TextInput
            label="Name"
            maxLength={200}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            error={errors.name}
            data-autofocus
          />
          <TokenLimitFields
            choices={choices}
            limits={limits}
            change={(part) => setLimits({ ...limits, ...part })}
            errors={errors}
          />
        </>
      )}
    </EditDialog>
  );
}
