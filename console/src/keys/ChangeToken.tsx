import { Text, TextInput } from '@mantine/core';
import { useRef, useState } from 'react';
import type { Token } from '../../../src/http/api/schemas/token.ts';
import { PlannedAccess } from '../access/PlannedAccess.tsx';
import { rangesOf } from '../addresses/RangesField.tsx';
import { type Choices, changeToken, planRoleCeiling, setRoleCeiling } from '../api/keys.ts';
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
  const [isPlanned, setPlanned] = useState(false);
  // Whether the dialog goes on to the plan where it would close: what the server refuses of the rest is shown at its field before.
  const goesOn = useRef(false);
  const { roleCeiling } = limits;
  const isCeilingOther = roleCeiling !== before.roleCeiling;
  const submit = async () => {
    // The order of the table, whatever the order of the clicks.
    const scopes = choices.tokenScopes.filter((scope) => limits.scopes.includes(scope)) as Token['scopes'];
    await changeToken(slug, token.id, { name: name.trim(), scopes, addresses: rangesOf(limits.addresses) });
    goesOn.current = isCeilingOther;
  };
  if (isPlanned) {
    return (
      <PlannedAccess
        title={`Role ceiling of ${name.trim()}`}
        noun="The role ceiling"
        says={
          <Text size="sm">
            The rest of the token is saved. Its role ceiling would become {roleCeiling}, in the place of{' '}
            {before.roleCeiling}.
          </Text>
        }
        submits="Save the role ceiling"
        planKey={[slug, token.id, roleCeiling]}
        plan={(cursor) => planRoleCeiling(slug, token.id, roleCeiling, cursor)}
        change={(version) => setRoleCeiling(slug, token.id, roleCeiling, version)}
        saved={saved}
        close={close}
      />
    );
  }
  return (
    <EditDialog
      title={`Change the token ${token.name}`}
      submits={isCeilingOther ? 'Save, and show what the ceiling changes' : 'Save the token'}
      isComplete={name.trim() !== '' && limits.scopes.length > 0}
      submit={submit}
      saved={saved}
      fields={['name', ...limitFields]}
      size="lg"
      close={() => (goesOn.current ? setPlanned(true) : close())}
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
