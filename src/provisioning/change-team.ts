import { limits } from '../limits.ts';
import { isHandedOver } from '../organization/disconnecting.ts';
import { foldMembership, type MembershipDelta, readGroupPatch } from '../scim/group-patch.ts';
import { keepImmutable } from '../scim/immutable.ts';
import { applyPatch, parsePatch } from '../scim/patch.ts';
import { isId } from '../scim/resource-id.ts';
import type { Resource } from '../scim/schema.ts';
import { validateResource } from '../scim/validate.ts';
import type { DerivedOptions, StoredResource } from '../store/members.ts';
import type { ChangeAbout } from '../store/shared-transactions.ts';
import { type AskedTeam, lockLocalTeam } from '../store/team-writing.ts';
import { askedTeam } from './asked-team.ts';
import { commitChange, type PreparedChange } from './commit-change.ts';
import { teamConflict } from './conflicts.ts';
import { runSteps } from './people-of-team.ts';
import { refuseTeamBeyondPolicy } from './policy-of-request.ts';
import type { ProvisioningRequest } from './provisioning-request.ts';
import { refuseByName } from './team-refusals.ts';
import { type ChangedTeam, type TeamChange, writeNewTeam, writeTeam } from './write-team.ts';

/**
 * Creates a team from the body of POST /Groups (RFC 7644 §3.3). `answer` says whether the members are wanted in the
 * answer.
 *
 * @throws ScimError invalidValue or uniqueness
 */
export async function createTeam(
  request: ProvisioningRequest,
  body: unknown,
  answer: DerivedOptions,
): Promise<StoredResource> {
  const { work, onConflict } = teamCreation(request, body, answer);
  return await commitChange(request, work, onConflict);
}

/** The same, to be carried out together with other changes. */
export function teamCreation(
  request: ProvisioningRequest,
  body: unknown,
  answer: DerivedOptions,
): PreparedChange<StoredResource> {
  const { tolerances } = request.record;
  const {
    resource,
    members = [],
    membersAreBlank,
  } = validateResource(request.types.group, body, { operation: 'create', tolerances });
  refuseTeamBeyondPolicy(request, resource);
  const asked = askedTeam(resource);
  const id = request.newId();
  request.record.resourceId = id;
  return {
    request,
    work: async (tx, assumptions) => {
      const { meetsNobody = true } = assumptions;
      const known = meetsNobody ? undefined : await lockLocalTeam(tx, asked.displayNameKey);
      if (known !== undefined) {
        const isByName = !isHandedOver(known);
        if (isByName) await refuseByName(request, known, asked);
        request.record.resourceId = known.id;
        const change: TeamChange = {
          resource: (previous) => (isByName ? resource : keepImmutable(request.types.group, previous, resource)),
          // Some providers push a group first and its people afterwards: who is in a team that was handed over stays until then.
          delta: async () => (!isByName && members.length === 0 ? undefined : replacedBy(members, membersAreBlank)),
        };
        const writing = { change, answer, assumptions, isByName };
        const { result, ...outcome } = await writeTeam(tx, request, known.id, writing);
        return { ...outcome, result: result.stored as StoredResource };
      }
      return await writeNewTeam(tx, request, id, { resource, asked, members, answer, assumptions });
    },
    onConflict: (constraint) => teamConflict(request, asked, constraint),
  };
}

/**
 * Replaces what was asked for a team by the body of PUT /Groups/{id} (RFC 7644 §3.5.1). A body that does not speak of
 * `members` leaves them; an empty list empties the team.
 *
 * @throws ScimError notFound, preconditionFailed, invalidValue or uniqueness
 */
export async function replaceTeam(
  request: ProvisioningRequest,
  id: string,
  body: unknown,
  answer: DerivedOptions,
): Promise<StoredResource> {
  const { tolerances } = request.record;
  const { resource, members, membersAreBlank } = validateResource(request.types.group, body, {
    operation: 'replace',
    tolerances,
  });
  const delta = members && replacedBy(members, membersAreBlank);
  const change = {
    resource: (previous: Resource) => keepImmutable(request.types.group, previous, resource),
    delta: async () => delta,
  };
  return (await changeTeam(request, id, change, answer)).stored as StoredResource;
}

const replacedBy = (ids: string[], isBlank: boolean): MembershipDelta => ({
  base: 'empty',
  add: ids,
  remove: [],
  ...(isBlank && { isBlank }),
});

/**
 * Applies the body of PATCH /Groups/{id} (RFC 7644 §3.5.2). The member list is neither read nor returned unless the
 * caller wants the team in the answer, or an operation selects members by more than their id.
 *
 * @throws ScimError notFound, preconditionFailed, uniqueness, or what PATCH refuses
 */
export async function patchTeam(
  request: ProvisioningRequest,
  id: string,
  body: unknown,
  answer: DerivedOptions | undefined,
): Promise<ChangedTeam> {
  const { tolerances } = request.record;
  const operations = parsePatch(body, tolerances);
  const { attributes, members, work } = readGroupPatch(request.types.group, operations, tolerances);
  const folded = members.length === 0 ? undefined : foldMembership(members, work);
  const needsList = members.length > 0 && folded === undefined;
  const change: TeamChange = {
    resource: (previous) => applyPatch(request.types.group, previous, attributes, tolerances, { ...work }, id).resource,
    delta: async (tx) => (needsList ? await runSteps(tx, id, members, work) : folded),
    about: folded?.base === 'current' && attributes.length === 0 ? aboutDelta(request, id, folded) : undefined,
  };
  return await changeTeam(request, id, change, answer);
}

/** People who join and leave may do so beside others, unless the version that they meet matters. */
function aboutDelta(
  { isExpectedVersion }: ProvisioningRequest,
  id: string,
  { add, remove, targets }: MembershipDelta,
): ChangeAbout | undefined {
  if (isExpectedVersion !== undefined || targets !== undefined || add.length + remove.length > limits.peopleTogetherMax)
    return undefined;
  return { team: id, members: [...new Set([...add, ...remove].filter(isId))] };
}

async function changeTeam(
  request: ProvisioningRequest,
  id: string,
  change: TeamChange,
  answer: DerivedOptions | undefined,
): Promise<ChangedTeam> {
  request.record.resourceId = id;
  let asked: AskedTeam | undefined;
  return await commitChange(
    request,
    (tx, assumptions) =>
      writeTeam(tx, request, id, { change, answer, assumptions }, (known) => {
        asked = known;
      }),
    (constraint) => teamConflict(request, asked as AskedTeam, constraint),
    change.about,
  );
}
