import { NumberInput, TextInput } from '@mantine/core';
import { useState } from 'react';
import { rangesOf } from '../addresses/RangesField.tsx';
import type { Choices } from '../api/keys.ts';
import { EditDialog } from '../shell/EditDialog.tsx';
import { ScopeField } from './ScopeField.tsx';
import { haveCopied, type Shown, ShownOnce } from './ShownOnce.tsx';
import { type EditedLimits, limitFields, TokenLimitFields } from './TokenLimitFields.tsx';

export interface NewKey {
  name: string;
  scopes: string[];
  expiresAt: string | undefined;
  /** Of a token whose limits were asked for. */
  limits?: { addresses: string[]; roleCeiling: string };
}

interface CreateKeyProps {
  opened: boolean;
  noun: string;
  /** The scopes that can be chosen, for keys that have some. */
  scopes?: string[] | undefined;
  /** What can be chosen of the limits of a token, where they are asked for. */
  tokenChoices?: Choices | undefined;
  create: (input: NewKey) => Promise<Shown[]>;
  created: () => Promise<unknown>;
  close: () => void;
}

const dayMs = 86_400_000;

/** The dialog that creates a key and shows it, this once: closing it forgets the text. */
export function CreateKey({ opened, ...props }: CreateKeyProps) {
  return opened ? <OpenedDialog {...props} /> : null;
}

function OpenedDialog({ noun, scopes, tokenChoices, create, created, close }: Omit<CreateKeyProps, 'opened'>) {
  const [name, setName] = useState('');
  const [days, setDays] = useState<number | string>('');
  const [edited, setEdited] = useState<Partial<EditedLimits>>({});
  // A token may do everything at first, a key nothing.
  const atFirst = { scopes: tokenChoices?.tokenScopes ?? [], addresses: '', roleCeiling: 'member' };
  const limits: EditedLimits = { ...atFirst, ...edited };
  const asksForScopes = scopes !== undefined || tokenChoices !== undefined;
  const change = (part: Partial<EditedLimits>) => setEdited({ ...edited, ...part });

  const submit = async () => {
    const expiresAt = typeof days === 'number' ? new Date(Date.now() + days * dayMs).toISOString() : undefined;
    const { addresses, roleCeiling } = limits;
    const shown = await create({
      name: name.trim(),
      scopes: limits.scopes,
      expiresAt,
      ...(tokenChoices === undefined ? {} : { limits: { addresses: rangesOf(addresses), roleCeiling } }),
    });
    const says = 'Copy it now. It is not stored, so nobody can show it again; if it is lost, create another one.';
    return <ShownOnce says={says} shown={shown} />;
  };

  return (
    <EditDialog
      title={`Create ${noun === 'token' ? 'a token' : 'an API key'}`}
      submits="Create"
      isComplete={name.trim() !== '' && (!asksForScopes || limits.scopes.length > 0)}
      submit={submit}
      saved={created}
      closes={haveCopied}
      fields={['name', 'expiresAt', ...(tokenChoices === undefined ? ['scopes'] : limitFields)]}
      size="lg"
      close={close}
    >
      {(errors) => (
        <>
          <TextInput
            label="Name"
            description="What it is for"
            placeholder={noun === 'token' ? 'Okta' : 'reports'}
            required
            withAsterisk={false}
            maxLength={200}
            data-autofocus
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            error={errors.name}
          />
          <NumberInput
            label="Expires after"
            description="Days; without a number it is valid until it is revoked"
            min={1}
            max={3650}
            allowDecimal={false}
            value={days}
            onChange={setDays}
            error={errors.expiresAt}
          />
          {scopes !== undefined && (
            <ScopeField
              choices={scopes}
              chosen={limits.scopes}
              choose={(chosen) => change({ scopes: chosen })}
              error={errors.scopes}
            />
          )}
          {tokenChoices !== undefined && (
            <TokenLimitFields choices={tokenChoices} limits={limits} change={change} errors={errors} />
          )}
        </>
      )}
    </EditDialog>
  );
}
