/** The policy of a configuration: its settings by their names. */
import type { Policy } from '../organization/policy.ts';
import { type ConfigurationChange, partOf } from './configuration-differences.ts';
import { readSettings } from './create-organization.ts';

type WithPolicy = { readonly policy: Readonly<Record<string, string>> };
type WithWantedPolicy = { readonly policy?: Partial<WithPolicy['policy']> | undefined };

/**
 * The policy with what of it is to be as given.
 *
 * @throws OperatorError if a setting or a value does not exist
 */
export const policyAfter = (before: WithPolicy, wanted: WithWantedPolicy): Policy =>
  readSettings(before.policy as unknown as Policy, wanted.policy as Readonly<Record<string, string>>);

/** The policy that the changes make, which name every setting that differs. */
export const policyOfChanges = (before: WithPolicy, changes: readonly ConfigurationChange[]): Policy =>
  ({
    ...before.policy,
    ...Object.fromEntries(partOf(changes, 'policy').map(({ path, after }) => [path, after])),
  }) as unknown as Policy;
