import { NativeSelect, Textarea } from '@mantine/core';
import type { Choices } from '../api/client.ts';
import type { FieldErrors } from '../shell/EditDialog.tsx';
import { ScopeField } from './ScopeField.tsx';

/** What limits a token, as it is edited. */
export interface EditedLimits {
  scopes: string[];
  /** One range a line. */
  addresses: string;
  roleCeiling: string;
}

/** The fields of a request that these are. */
export const limitFields = ['scopes', 'addresses', 'roleCeiling'];

/** The ranges of a text that has them on lines, or one behind the other. */
export const rangesOf = (text: string): string[] => text.split(/[\s,;]+/).filter((range) => range !== '');

interface TokenLimitFieldsProps {
  choices: Choices;
  limits: EditedLimits;
  change: (part: Partial<EditedLimits>) => void;
  errors: FieldErrors;
}

/** What a token may, where it may come from, and which role it can give at most. */
export function TokenLimitFields({ choices, limits, change, errors }: TokenLimitFieldsProps) {
  return (
    <>
      <ScopeField
        choices={choices.tokenScopes}
        chosen={limits.scopes}
        choose={(scopes) => change({ scopes })}
        error={errors.scopes}
      />
      <Textarea
        label="Addresses"
        description="The ranges that it may be used from, one a line; without one it is anywhere"
        placeholder={'192.0.2.0/24\n2001:db8::/32'}
        autosize
        minRows={2}
        maxRows={8}
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
        value={limits.addresses}
        onChange={(event) => change({ addresses: event.currentTarget.value })}
        error={errors.addresses}
      />
      <NativeSelect
        label="Role ceiling"
        description="The strongest role that teams give to people whom this token puts into them"
        value={limits.roleCeiling}
        onChange={(event) => change({ roleCeiling: event.currentTarget.value })}
        data={choices.roleCeilings}
        error={errors.roleCeiling}
      />
    </>
  );
}
