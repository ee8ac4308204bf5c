/** The policy and its plan. */
import type { Policy, PolicyPlan, PresetList } from '../../../src/http/api/schemas/policy.ts';
import { askTagged, askWithKeptKey, pathOf, planPage, sendWithKeptKey, tagOf } from './transport.ts';

/** A policy with the entity tag that guards its change. */
export type TaggedPolicy = { policy: Policy; tag: string };

/** A preset, and the settings that are not to have its values. */
export type PolicyWish = { preset: Policy['preset']; settings: Record<string, string>; confirm?: string[] };

export async function loadPolicy(slug: string, signal: AbortSignal): Promise<TaggedPolicy> {
  const { value: policy, tag } = await askTagged<Policy>(`${pathOf(slug)}/policy`, signal);
  return { policy, tag };
}

export async function loadPresets(slug: string, signal: AbortSignal): Promise<PresetList> {
  return await askWithKeptKey(`${pathOf(slug)}/policy/presets`, signal);
}

/** One page of what a policy would change, unless somebody has changed it since it was read. */
export async function planPolicy(slug: string, wish: PolicyWish, tag: string, cursor?: string): Promise<PolicyPlan> {
  return await sendWithKeptKey('POST', `${pathOf(slug)}/policy/plan?${planPage(cursor)}`, wish, tag);
}

/** Saves a policy, if the plan of that is still the one of this version. */
export async function savePolicy(slug: string, wish: PolicyWish, version: string): Promise<void> {
  await sendWithKeptKey('PUT', `${pathOf(slug)}/policy`, wish, tagOf(version));
}
