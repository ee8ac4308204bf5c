/**
 * The life of members and teams: where they come from, what they are, and every way from one to another
 * (docs/reference/lifecycle.md draws it from here).
 */

/** In force: what a person is to the organization. Whoever is `held` is asked for and not here yet (holding.ts). */
export type MemberStatus = 'held' | 'invited' | 'active' | 'suspended' | 'removed';

/** `local` was made by an admin, `provisioned` by the provider, `claimed` by an admin and then taken over by the provider. */
export type MemberOrigin = 'local' | 'provisioned' | 'claimed';

/** As of members: `linked` was made by an admin and then taken over by the provider. */
export type TeamOrigin = 'local' | 'synced' | 'linked';

/** `local` is the organization's own, `provisioned` the provider's: resources that are neither people nor teams. */
export type ResourceOrigin = 'local' | 'provisioned';

export type MemberState = {
  readonly origin: MemberOrigin;
  readonly status: MemberStatus;
  /** Whether the person was ever active, and so needs to accept no invitation; it goes with whoever does not say so. */
  readonly wasActive?: boolean | undefined;
};

/** What can happen to a member. The names are the rules of the reasons that follow, so they are never renamed. */
export const memberActs = {
  'asked-active': 'the provider says that the person is active',
  'asked-inactive': 'the provider deactivated the person',
  'asked-removed': 'the provider deleted the person',
  'made-by-hand': 'an admin made the person',
  'suspended-by-hand': 'an admin suspended the person',
  'edited-by-hand': 'an admin wrote the name or the e-mail address',
  'restored-by-hand': 'an admin restored the person, or brought a removed one back',
  'invited-by-hand': 'an admin put an invitation back, by undoing what ended it',
  'removed-by-hand': 'an admin removed the person',
  accepted: 'the person accepted the invitation',
  'unlinked-by-hand': 'an admin parted the person from the provider',
  'address-confirmed': 'the person confirmed the e-mail address',
  'disconnect-kept': 'the provider was disconnected, and what it provisioned stays as it was',
  'disconnect-suspended': 'the provider was disconnected, and whom it provisioned is suspended',
  'disconnect-removed': 'the provider was disconnected, and what it provisioned is removed',
} as const satisfies Record<string, string>;

export type MemberAct = keyof typeof memberActs;

/** What an organization decides about the life of its members. */
export type LifecyclePolicy = {
  /** K5: what becomes of a person whom the provider deactivates. */
  readonly deactivation: 'suspend' | 'remove';
  /** K7: how a person is who comes back. */
  readonly reactivation: 'restore' | 'invite' | 'fresh';
  /** K15: whether people are in force only when they have accepted an invitation. */
  readonly invitation: 'none' | 'welcome' | 'required';
};

/** Nobody is invited, and who is deactivated is suspended. */
export const plainLife: LifecyclePolicy = { deactivation: 'suspend', reactivation: 'restore', invitation: 'none' };

/** What a member becomes. Undefined where the act cannot happen to such a member. Whoever is held becomes what somebody new does. */
export function memberAfter(
  stored: MemberState | undefined,
  act: MemberAct,
  policy: LifecyclePolicy = plainLife,
): MemberState | undefined {
  const before = stored?.status === 'held' ? undefined : stored;
  const isHere = before !== undefined && before.status !== 'removed';
  const asNew = policy.invitation === 'required' ? 'invited' : 'active';
  switch (act) {
    case 'asked-active':
      if (before === undefined) return { origin: 'provisioned', status: asNew };
      return { origin: managed(before.origin), status: statusOfReturn(before, policy) };
    case 'asked-inactive':
      return {
        origin: managed(before?.origin),
        status: policy.deactivation === 'remove' && before !== undefined ? 'removed' : 'suspended',
      };
    case 'asked-removed':
      return before && { origin: managed(before.origin), status: 'removed' };
    case 'made-by-hand':
      return before === undefined ? { origin: 'local', status: asNew } : undefined;
    case 'suspended-by-hand':
      // Somebody removed may be brought back as suspended as they were.
      if (stored === undefined) return { origin: 'local', status: 'suspended' };
      return isHere && before.status !== 'suspended' ? { ...before, status: 'suspended' } : undefined;
    case 'edited-by-hand':
    case 'address-confirmed':
      return isHere ? before : undefined;
    case 'restored-by-hand':
      if (stored === undefined) return { origin: 'local', status: 'active' };
      if (before === undefined || before.status === 'active') return undefined;
      if (!isToAccept(before, policy)) return { ...before, status: 'active' };
      return before.status === 'invited' ? undefined : { ...before, status: 'invited' };
    case 'invited-by-hand':
      if (stored === undefined) return { origin: 'local', status: 'invited' };
      return before?.status === 'suspended' || before?.status === 'removed'
        ? { ...before, status: 'invited' }
        : undefined;
    case 'removed-by-hand':
      return isHere ? { ...before, status: 'removed' } : undefined;
    case 'accepted':
      return before?.status === 'invited' ? { ...before, status: 'active' } : undefined;
    case 'unlinked-by-hand':
    case 'disconnect-kept':
      return isHere && before.origin !== 'local' ? { ...before, origin: 'local' } : undefined;
    case 'disconnect-suspended':
      return isHere && before.origin !== 'local' ? { origin: 'local', status: 'suspended' } : undefined;
    case 'disconnect-removed':
      return isHere && before.origin !== 'local' ? { ...before, status: 'removed' } : undefined;
  }
}

/** Being asked active does not accept an invitation in the person's place. */
function statusOfReturn(before: MemberState, policy: LifecyclePolicy): MemberStatus {
  const { status } = before;
  if (status === 'invited') return 'invited';
  return status !== 'active' && (policy.reactivation === 'invite' || isToAccept(before, policy)) ? 'invited' : 'active';
}

/** Whether a person has still to accept an invitation before they are active for the first time (K15). */
export const isToAccept = ({ wasActive }: Pick<MemberState, 'wasActive'>, { invitation }: LifecyclePolicy): boolean =>
  invitation === 'required' && wasActive === false;

/**
 * Whether a person whom the provider asks active comes back as somebody new (K7): it had deactivated them, and they were active before.
 * Whom an admin suspended has not been away for the provider.
 */
export const isBackAsNew = (
  { status, statusReason, wasActive }: Pick<MemberState, 'status' | 'wasActive'> & { statusReason: { rule: string } },
  { reactivation }: Pick<LifecyclePolicy, 'reactivation'>,
): boolean =>
  reactivation === 'fresh' &&
  (status === 'suspended' || status === 'removed') &&
  statusReason.rule === 'asked-inactive' &&
  wasActive !== false;

/** Where a person comes from whom the provider has spoken of. */
export const managed = (origin: MemberOrigin | undefined): MemberOrigin =>
  origin === undefined ? 'provisioned' : origin === 'local' ? 'claimed' : origin;

/** Where a team comes from that the provider has spoken of. */
export const managedTeam = (origin: TeamOrigin | undefined): TeamOrigin =>
  origin === undefined ? 'synced' : origin === 'local' ? 'linked' : origin;

/** What can happen to a team. */
export const teamActs = {
  'asked-name': 'the provider pushed the group',
  'asked-removed': 'the provider deleted the group',
  'made-by-hand': 'an admin made the team',
  'restored-by-hand': 'an admin brought a removed team back, as a new one without people',
  'unlinked-by-hand': 'an admin parted the team from the provider',
  'removed-by-hand': 'an admin removed the team',
  'disconnect-kept': 'the provider was disconnected, and the team stays as it was',
  'disconnect-removed': 'the provider was disconnected, and the teams that it made are removed',
} as const satisfies Record<string, string>;

export type TeamAct = keyof typeof teamActs;

/** What a team becomes, `removed` included. Undefined where the act cannot happen to such a team. */
export function teamAfter(before: TeamOrigin | undefined, act: TeamAct): TeamOrigin | 'removed' | undefined {
  switch (act) {
    case 'asked-name':
      return managedTeam(before);
    case 'asked-removed':
      return before === undefined || before === 'local' ? undefined : 'removed';
    case 'made-by-hand':
    case 'restored-by-hand':
      return before === undefined ? 'local' : undefined;
    case 'unlinked-by-hand':
    case 'disconnect-kept':
      return before === undefined || before === 'local' ? undefined : 'local';
    case 'disconnect-removed':
      // A team that an admin made is given back to the admins.
      return before === undefined || before === 'local' ? undefined : before === 'synced' ? 'removed' : 'local';
    case 'removed-by-hand':
      return before && 'removed';
  }
}
