import { RangesField } from '../addresses/RangesField.tsx';
import type { Choices } from '../api/keys.ts';
import { ChoiceField } from '../shell/ChoiceField.tsx';
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

interface TokenLimitFieldsProps {
  choices: Choices;
  limits: EditedLimits;
  change: (part: Partial<EditedLimits>) => void;
  errors: FieldErrors;
}

/** What a token may do, where it may be used from, and which role it can give at most. */
export function TokenLimitFields({ choices, limits, change, errors }: TokenLimitFieldsProps) {
  return (
    <>
      <ScopeField
        choices={choices.tokenScopes}
        chosen={limits.scopes}
        choose={(scopes) => change({ scopes })}
        error={errors.scopes}
      />
      <RangesField
        label="Addresses"
        description="The ranges that it may be used from, one a line; without one it is anywhere"
        value={limits.addresses}
        change={(addresses) => change({ addresses })}
        error={errors.addresses}
      />
      <ChoiceField
        label="Role ceiling"
        description="The strongest role that teams give to people whom this token puts into them"
        value={limits.roleCeiling}
        choose={(value) => change({ roleCeiling: value })}
        choices={choices.roleCeilings}
        error={errors.roleCeiling}
      />
    </>
  );
}
