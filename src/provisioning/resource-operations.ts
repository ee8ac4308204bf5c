import type { ResourceType } from '../scim/schema.ts';
import type { DerivedOptions, StoredResource } from '../store/members.ts';
import { type ChangedMember, noSuchUser, patchMember, replaceMember } from './change-member.ts';
import { deleteResource, noSuchResource, patchResource, replaceResource, resourceCreation } from './change-resource.ts';
import { patchTeam, replaceTeam, teamCreation } from './change-team.ts';
import type { PreparedChange } from './commit-change.ts';
import { memberCreation } from './create-member.ts';
import { deleteMember } from './delete-member.ts';
import { deleteTeam } from './delete-team.ts';
import type { ProvisioningRequest } from './provisioning-request.ts';
import { noSuchGroup } from './team-refusals.ts';

/**
 * A resource as an operation left it, as far as its entity tag speaks of it. Of a group that was patched the members are not
 * read, and of a user there are the teams in place of what is derived from them.
 */
export type WrittenResource = Pick<StoredResource, 'id' | 'version' | 'derived'> & {
  teams?: readonly { id: string; displayName: string }[];
};

/** What can be done to the resources of one type, for callers that do not care which type it is. */
export type ResourceOperations = {
  creation(request: ProvisioningRequest, body: unknown, answer: DerivedOptions): PreparedChange<WrittenResource>;
  replace(request: ProvisioningRequest, id: string, body: unknown, answer: DerivedOptions): Promise<WrittenResource>;
  patch(request: ProvisioningRequest, id: string, body: unknown): Promise<WrittenResource>;
  remove(request: ProvisioningRequest, id: string): Promise<void>;
  /** The words for an id that names none. */
  missing(id: string): string;
};

/** What can be done to the resources of this type. */
export function operationsOf(type: ResourceType): ResourceOperations {
  return type.kind === 'Custom' ? customOperations(type) : builtInOperations[type.kind];
}

const builtInOperations: Readonly<Record<'User' | 'Group', ResourceOperations>> = {
  User: {
    creation(request, body) {
      const { work, ...prepared } = memberCreation(request, body);
      return {
        ...prepared,
        work: async (...args) => {
          const { result, ...outcome } = await work(...args);
          return { ...outcome, result: written(result) };
        },
      };
    },
    replace: async (request, id, body) => written(await replaceMember(request, id, body)),
    patch: async (request, id, body) => written(await patchMember(request, id, body)),
    remove: deleteMember,
    missing: noSuchUser,
  },
  Group: {
    creation: teamCreation,
    replace: replaceTeam,
    async patch(request, id, body) {
      const { version } = await patchTeam(request, id, body, undefined);
      return { id, version, derived: undefined };
    },
    remove: deleteTeam,
    missing: noSuchGroup,
  },
};

const written = ({ stored, teams }: ChangedMember): WrittenResource => ({ ...stored, teams });

const customOperations = (type: ResourceType): ResourceOperations => ({
  creation: (request, body) => resourceCreation(request, type, body),
  replace: (request, id, body) => replaceResource(request, type, id, body),
  patch: (request, id, body) => patchResource(request, type, id, body),
  remove: (request, id) => deleteResource(request, type, id),
  missing: (id) => noSuchResource(type, id),
});
