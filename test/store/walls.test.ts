/**
 * The two walls between organizations, each by itself (security.md R7, R8, I8). Globex is a twin of Acme: the same ids,
 * userNames, external ids and token digests, so whatever forgets the organization meets both.
 */
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { v7 as newUuid } from 'uuid';
import type { Reason } from '../../src/organization/plan.ts';
import { defaultPolicy } from '../../src/organization/policy.ts';
import { parseResourceType, parseSchema } from '../../src/scim/definitions.ts';
import { everyType } from '../../src/scim/every-type.ts';
import { parseFilter } from '../../src/scim/filter.ts';
import { organizationTypes } from '../../src/scim/organization-types.ts';
import { groupType, userType } from '../../src/scim/resource-types.ts';
import type { ResourceType } from '../../src/scim/schema.ts';
import { parseSort } from '../../src/scim/sort.ts';
import {
  findAccess,
  listAccess,
  listLicenseGroups,
  listLicenses,
  listRoles,
  listTeamMappings,
  readNamesOf,
  readUnknownLicenses,
} from '../../src/store/access-lists.ts';
import { type AccessScope, lockScope, readAccess, readScope } from '../../src/store/access-rows.ts';
import {
  lockSeats,
  lockWaiting,
  readAdministratorCounts,
  readSeats,
  readWaiting,
  updateAccess,
  updateAccessSaid,
  updateGivenByHand,
  updateSeats,
} from '../../src/store/access-writing.ts';
import { saveAddressList } from '../../src/store/address-list-writing.ts';
import { findAddressList, lockAddressList } from '../../src/store/address-lists.ts';
import {
  insertApiKey,
  markApiKeyRevoked,
  revokeApiKeysOf,
  updateApiKeyName,
  updateApiKeyUses,
} from '../../src/store/api-key-writing.ts';
import { findApiKey, findApiKeyGrant, listApiKeys } from '../../src/store/api-keys.ts';
import {
  listPeopleOf,
  listPeopleOfTeam,
  readEventsOfPeople,
  readEventsOfTeams,
  readPeopleNow,
  readTeamNames,
} from '../../src/store/as-of-rows.ts';
import {
  deleteAttributeValues,
  deleteValuesOf,
  replaceAttributeValues,
} from '../../src/store/attribute-value-writing.ts';
import { lockBrake } from '../../src/store/brake-rows.ts';
import { resetBrake } from '../../src/store/brake-writing.ts';
import {
  forgetHeldMemberships,
  insertMembershipsByHand,
  lockMembership,
  saveMembershipByHand,
  takeOverMemberships,
  updateTeamInForce,
} from '../../src/store/by-hand-writing.ts';
import {
  findConnection,
  listConnections,
  lockConnection,
  readConnection,
  readConnectionState,
} from '../../src/store/connections.ts';
import type { Database } from '../../src/store/database.ts';
import { countResources, readResourcesOf } from '../../src/store/definition-check.ts';
import {
  assertDefinitions,
  deleteResourceType,
  deleteSchema,
  lockDefinitions,
  upsertResourceType,
  upsertSchema,
} from '../../src/store/definition-writing.ts';
import { findDefinitions, readDefinitions } from '../../src/store/definitions.ts';
import {
  lockHeldNewcomers,
  readAdministering,
  readOwnersOfConnection,
  readPeopleOfConnection,
  readResourcesOfConnection,
  readStandingOf,
  readTeamsOfConnection,
} from '../../src/store/disconnect-rows.ts';
import {
  beginEnding,
  buryMembers,
  deleteValuesOfMany,
  discardBatchesOf,
  dropNewcomers,
  dropNewTeams,
  endConnection,
  partMembers,
  partResources,
  partTeams,
} from '../../src/store/disconnect-writing.ts';
import { deleteDomain, insertDomain, updateDomain } from '../../src/store/domain-writing.ts';
import { countDomains, findDomain, listDomains, lockDomain } from '../../src/store/domains.ts';
import {
  countExplained,
  lockStrayMemberships,
  readCountsMissed,
  readPeopleIds,
  readStrayMemberships,
} from '../../src/store/drift-rows.ts';
import {
  findMappingEvents,
  findNewestEvents,
  findNewestInTeams,
  findPlaceInFeed,
  listEvents,
  listEventsBeside,
} from '../../src/store/event-lists.ts';
import { insertEvents, selectEvents } from '../../src/store/event-rows.ts';
import { readFeedSpan } from '../../src/store/feed-heads.ts';
import { lockGoingMember, lockGoingTeams } from '../../src/store/going-rows.ts';
import { holdGoverned, readGoverned, readGovernedIn, updatePolicy } from '../../src/store/governing.ts';
import {
  findBatch,
  listBatches,
  lockBatch,
  readHeldPeople,
  readHeldPeopleIds,
  readIdsOfTeam,
  readPlacesOf,
} from '../../src/store/held-rows.ts';
import { lockTeamsLeavingFor, readHeldTeams } from '../../src/store/held-team-rows.ts';

import {
  holdJoiners,
  holdLeavers,
  holdMemberDeletion,
  holdTeamDeletion,
  moveHeldTeams,
  openBatch,
  settleMembers,
  settleMemberships,
  settleTeams,
  updateBatch,
} from '../../src/store/held-writing.ts';
import { findAnswer, insertAnswer } from '../../src/store/idempotent-answers.ts';
import { listLocalThings } from '../../src/store/local-rows.ts';
import {
  claimMails,
  deleteLink,
  deleteOldMail,
  endMails,
  insertAlert,
  insertMail,
  readAdministrators,
  readMailsSince,
  saveLinks,
  storeTexts,
  takeAlerts,
  useLink,
  withdrawMails,
} from '../../src/store/mail-writing.ts';
import { findLink, findMail, listConfirmations, listInvitations, listMails } from '../../src/store/mails.ts';
import { findListedMember, listMembers } from '../../src/store/member-list.ts';
import {
  countBreakGlass,
  updateBreakGlass,
  updateInvitation,
  updateMemberLinking,
  updateMemberUnlocked,
  updateWaitingAddress,
} from '../../src/store/member-state-writing.ts';
import {
  deleteEmails,
  insertMember,
  lockLocalMatch,
  lockMember,
  markMemberDeleted,
  replaceEmails,
  updateMember,
  updateMemberInForce,
} from '../../src/store/member-writing.ts';
import { findMember, findMemberByUserName, findUserNameHolder } from '../../src/store/members.ts';
import { listMembersOfTeam, listTeamsOfMember } from '../../src/store/membership-list.ts';
import {
  countInForce,
  deleteMemberships,
  deleteMembershipsOfMember,
  deleteMembershipsOfTeam,
  insertMemberships,
  lockMembershipsOf,
  lockPeopleOfDelta,
  lockPeopleOfTeam,
  meetMemberships,
  membersAmong,
  readTeamMembers,
  teamMembersAmong,
  updateMemberships,
} from '../../src/store/membership-writing.ts';
import {
  inOrganization,
  type OrgTransaction,
  queryOrganization,
  queryOrganizationBatch,
  tryInOrganization,
} from '../../src/store/organization-transaction.ts';
import {
  insertConnection,
  insertOrganization,
  lockOrganization,
  updateConnectionProvider,
  updateConnectionState,
  updateOrganization,
  updateScimProfile,
} from '../../src/store/organization-writing.ts';
import {
  findOrganization,
  findOrganizationId,
  findOrganizationName,
  readOrganizationFacts,
  readOrganizationName,
} from '../../src/store/organizations.ts';
import { createPageMarks } from '../../src/store/page-marks.ts';
import { readReasonNames } from '../../src/store/reason-names.ts';
import {
  endReconciliation,
  insertReconciliation,
  noteReconciliation,
  readToldOfDrift,
} from '../../src/store/reconciliation-writing.ts';
import { findLastReconciliation, findReconciliation, listReconciliations } from '../../src/store/reconciliations.ts';
import {
  forget,
  lockRemembered,
  lockRemovedMember,
  lockRemovedTeam,
  readLeftTeams,
  readRememberedOf,
} from '../../src/store/remembered.ts';
import {
  findRequest,
  insertRequests,
  insertRequestsOf,
  type LoggedRequest,
  listRequests,
} from '../../src/store/request-log.ts';
import { listAllTypes, listOneType } from '../../src/store/resource-list.ts';
import {
  insertResource,
  lockHandedOver,
  lockResource,
  markAllDeleted,
  markResourceDeleted,
  updateResource,
} from '../../src/store/resource-writing.ts';
import { findExisting, findResource, findUsedTypes } from '../../src/store/resources.ts';
import {
  deleteRole,
  insertLicense,
  lockRole,
  lockTeamsGiving,
  readLicenseGroups,
  readRolePermissions,
  saveLicenseGroup,
  saveRole,
  updateRoleCeiling,
  updateTeamGrants,
} from '../../src/store/role-writing.ts';
import { readTogether } from '../../src/store/shared-reads.ts';
import { inSharedTransaction, NotShared } from '../../src/store/shared-transactions.ts';
import { markSignInProviderRemoved, saveSignInProvider } from '../../src/store/sign-in-provider-writing.ts';
import { findSignInProvider, readSignInProvider } from '../../src/store/sign-in-providers.ts';
import { readLastSeq, readSnapshot } from '../../src/store/snapshot.ts';
import { organizationColumn, tables } from '../../src/store/tables.ts';
import {
  findListedTeam,
  findNamesOfTeams,
  findTeamsNamed,
  listPendingLinks,
  listTeams,
} from '../../src/store/team-list.ts';
import {
  insertTeam,
  lockLocalTeam,
  lockTeam,
  markLinkAsked,
  markTeamDeleted,
  touchTeam,
  updateTeam,
  updateTeamLinking,
  updateTeamUnlocked,
} from '../../src/store/team-writing.ts';
import { findTeam, findTeamByDisplayName, readTeam } from '../../src/store/teams.ts';
import {
  findTokensNamed,
  holdRoleCeiling,
  insertToken,
  lockExpiringTokens,
  lockToken,
  markTokenRevoked,
  markTokensRevoked,
  updateAlertedDays,
  updateToken,
  updateTokenUses,
} from '../../src/store/token-writing.ts';
import {
  findToken,
  findTokenGrant,
  listTokens,
  listTokensInForce,
  readConnectionGrant,
} from '../../src/store/tokens.ts';
import {
  countHeldBySuspension,
  findTeamOfEveryone,
  readCalls,
  readConnectionTraffic,
  readCounted,
  readEndedTraffic,
} from '../../src/store/traffic.ts';
import { addTraffic, deleteTraffic, lockConnectionCalls, updateSilence } from '../../src/store/traffic-writing.ts';
import { tryInOrder } from '../../src/store/trial.ts';
import { readFactsNow } from '../../src/store/undo-rows.ts';
import type { TestRollcall } from '../rollcall.ts';
import {
  type Acme,
  addOwnRows,
  addTwin,
  answerKey,
  deviceSchema,
  deviceType,
  type Ids,
  marks,
  rowsOf,
  startWithAcme,
  switchOffRowSecurity,
} from './twins.ts';

const now = new Date('2030-01-10T12:00:00Z');
const late = new Date('2040-01-01T00:00:00Z');
const reason: Reason = { rule: 'asked-member', request: 'r', token: '0190a0b0-0000-7000-8000-0000000000b9' };
const derived = { wanted: true, reference: 'https://rollcall.example/' };
const globex = { id: '0190a0b0-0000-7000-8000-0000000000b0', slug: 'globex' };
const foreign: Ids = {
  member: '0190a0b0-0000-7000-8000-0000000000b1',
  suspended: '0190a0b0-0000-7000-8000-0000000000b2',
  team: '0190a0b0-0000-7000-8000-0000000000b3',
  token: '0190a0b0-0000-7000-8000-0000000000b4',
  connection: '0190a0b0-0000-7000-8000-0000000000b5',
  request: '0190a0b0-0000-7000-8000-0000000000b6',
  apiKey: '0190a0b0-0000-7000-8000-0000000000b7',
  resource: '0190a0b0-0000-7000-8000-0000000000b8',
  mail: '0190a0b0-0000-7000-8000-0000000000d2',
  hold: newUuid(),
  reconciliation: newUuid(),
};

const noProgress = { compared: 1, of: 1, repaired: 0, toRepair: 0 };
const firstPage = { after: undefined, limit: 100 };
const held = ({ hold }: Ids) => ({ by: hold, source: { request: newUuid() } });

type Reading = { reads: (db: Database, ids: Ids, orgId: string) => Promise<unknown> };
type Writing = { writes: (tx: OrgTransaction, ids: Ids) => unknown };
/** Why an export has no rows of an organization to protect. */
type Apart = { apart: string };

const page = (filter?: string, type = userType) => ({
  filter: filter === undefined ? undefined : parseFilter(filter, type, new Set()),
  startIndex: 1,
  count: 100,
  derived,
  scimBaseUrl: 'https://rollcall.example/scim/v2/acme',
  marks: createPageMarks(),
  reader: 'okta',
  now,
});

const asked = (ids: Ids) => ({
  scim: { userName: 'eve@twin.example' },
  userName: 'eve@twin.example',
  userNameKey: 'eve@twin.example',
  externalId: `eve-${ids.member}`,
  displayName: undefined,
  displayNameKey: undefined,
  active: false,
  emailKeys: ['eve@twin.example'],
});
const inForce = { status: 'suspended', statusReason: reason, name: 'Eve', email: undefined } as const;
const askedTeam = { scim: {}, displayName: 'Sales', displayNameKey: 'sales', externalId: undefined };

const loggedRequest = (id: string): LoggedRequest => ({
  id,
  at: now,
  connectionId: undefined,
  tokenId: undefined,
  tokenName: undefined,
  client: undefined,
  address: '192.0.2.1',
  method: 'GET',
  path: '/',
  status: 200,
  durationUs: 1,
  requestBody: undefined,
  responseBody: undefined,
  detail: undefined,
  resourceType: undefined,
  resourceId: undefined,
  changes: [],
  tolerances: [],
  bulk: undefined,
});

const membershipChange = (ids: Ids, from: boolean | undefined, to: boolean) => ({
  kind: 'membership' as const,
  teamId: ids.team,
  memberId: ids.member,
  from,
  to,
  reason,
});

const deviceOf = organizationTypes(
  {
    schemas: [{ schema: parseSchema(deviceSchema), extends: [] }],
    resourceTypes: [parseResourceType(deviceType)],
  },
  1,
).all.at(-1) as ResourceType;

const device = (id: string, connectionId: string) => ({
  type: 'Device',
  id,
  connectionId,
  scim: { label: 'new', externalId: `new-${id}` },
  version: 9,
  now,
});

const filters = [
  'userName eq "ada@twin.example"',
  'emails.value eq "ada@home.example"',
  'emails[type eq "work"]',
  'externalId eq "00u-ada"',
  'active eq false',
  'groups.display eq "Engineering"',
  'not (title pr)',
  `title co "${marks.globex}" or title co "${marks.acme}"`,
];
const groupFilters = ['displayName eq "Engineering"', 'externalId eq "team-1"', 'displayName pr'];

const operator = 'is asked by the operator across organizations';
const text = 'makes a text or a value and sends nothing';

const memberCreated = 'member.created';
const membersChanged = 'team.members_changed';

const everyScope = (ids: Ids): AccessScope[] => [
  { of: 'everyone' },
  { of: 'people', ids: [ids.member, ids.suspended] },
  { of: 'team', id: ids.team },
  { of: 'tokens', ids: [ids.token] },
  { of: 'role', id: 'admin' },
  { of: 'license', id: 'developer' },
];

class Undone extends Error {}

/** What a transaction finds that changes something first, and leaves nothing behind. */
async function foundAndUndone<T>(
  db: Database,
  orgId: string,
  work: (tx: OrgTransaction) => Promise<T>,
): Promise<T | undefined> {
  let found: T | undefined;
  await inOrganization(db, orgId, async (tx) => {
    found = await work(tx);
    throw new Undone();
  }).catch((error) => {
    if (!(error instanceof Undone)) throw error;
  });
  return found;
}

/** For each export of src/store/ what it does with an organization's rows. */
const cases: Record<string, Reading | Writing | Apart> = {
  'access-rows.ts accessOfRow': { apart: text },
  'access-rows.ts rowByNow': { apart: text },
  'access-rows.ts grantColumns': { apart: 'is a part of readAccess and lockMember' },
  'drift-rows.ts heldCounts': { apart: 'is a part of countExplained and readConnectionTraffic' },
  'held-rows.ts heldBecause': { apart: 'is a part of the lists of members and teams' },
  'held-rows.ts listBatches': { reads: (db, _ids, orgId) => listBatches(db, { id: orgId }, { limit: 100 }) },
  'held-rows.ts findBatch': { reads: (db, ids, orgId) => findBatch(db, { id: orgId }, ids.hold) },
  'held-rows.ts lockBatch': { reads: (db, ids, orgId) => inOrganization(db, orgId, (tx) => lockBatch(tx, ids.hold)) },
  'held-team-rows.ts heldTeamOf': { apart: text },
  'held-team-rows.ts lockTeamsLeavingFor': {
    reads: (db, ids, orgId) =>
      foundAndUndone(db, orgId, async (tx) => {
        await tx.query({
          text: 'update teams t set held_by = $3 where t.org_id = $1 and t.id = $2',
          values: [tx.orgId, ids.team, ids.hold],
        });
        const askedNameKey = ids === foreign ? 'own team' : 'engineering';
        return await lockTeamsLeavingFor(tx, ids.hold, [{ id: newUuid(), askedNameKey }]);
      }),
  },
  'held-team-rows.ts readHeldTeams': {
    reads: (db, ids, orgId) => inOrganization(db, orgId, (tx) => readHeldTeams(tx, ids.hold, 'asked', firstPage, true)),
  },
  'held-rows.ts readHeldPeopleIds': {
    reads: (db, ids, orgId) => inOrganization(db, orgId, (tx) => readHeldPeopleIds(tx, ids.hold, firstPage)),
  },
  'held-rows.ts readPlacesOf': {
    reads: (db, ids, orgId) =>
      foundAndUndone(db, orgId, async (tx) => {
        const [coming, going] = [ids.suspended, ids.member];
        for (const id of [coming, going]) holdMemberDeletion(tx, id, held(ids), now);
        await tx.query({
          text: `update members m set status = 'held', deleted_at = null,
              user_name_key = (select g.user_name_key from members g where g.org_id = $1 and g.id = $3)
            where m.org_id = $1 and m.id = $2`,
          values: [tx.orgId, coming, going],
        });
        return await readPlacesOf(tx, ids.hold, [coming]);
      }),
  },
  'going-rows.ts lockGoingMember': {
    reads: (db, ids, orgId) =>
      foundAndUndone(db, orgId, async (tx) => {
        holdMemberDeletion(tx, ids.member, held(ids), now);
        const nameKey = ids === foreign ? 'cleo@own.example' : 'ada@twin.example';
        return await lockGoingMember(tx, { nameKey, externalId: undefined, connectionId: undefined });
      }),
  },
  'going-rows.ts lockGoingTeams': {
    reads: (db, ids, orgId) =>
      foundAndUndone(db, orgId, async (tx) => {
        holdTeamDeletion(tx, ids.team, held(ids), now);
        const nameKey = ids === foreign ? 'own team' : 'engineering';
        const found = await lockGoingTeams(tx, newUuid(), { nameKey, externalId: undefined, connectionId: undefined });
        return found.map(({ id }) => id);
      }),
  },
  'held-rows.ts readIdsOfTeam': {
    reads: (db, ids, orgId) => inOrganization(db, orgId, (tx) => readIdsOfTeam(tx, ids.team, firstPage)),
  },
  'held-rows.ts readHeldPeople': {
    reads: (db, ids, orgId) =>
      inOrganization(db, orgId, (tx) => readHeldPeople(tx, ids.hold, [ids.member, ids.suspended], true)),
  },
  'held-writing.ts holdJoiners': { writes: (tx, ids) => holdJoiners(tx, ids.team, [ids.suspended], held(ids)) },
  'held-writing.ts holdLeavers': {
    writes: (tx, ids) => holdLeavers(tx, { teamId: ids.team, memberIds: [ids.member] }, held(ids)),
  },
  'held-writing.ts holdMemberDeletion': { writes: (tx, ids) => holdMemberDeletion(tx, ids.member, held(ids), now) },
  'held-writing.ts moveHeldTeams': { writes: (tx, ids) => moveHeldTeams(tx, [ids.team], newUuid()) },
  'held-writing.ts holdTeamDeletion': { writes: (tx, ids) => holdTeamDeletion(tx, ids.team, held(ids), now) },
  'brake-rows.ts countBraked': { apart: 'is a part of the statement of insertEvents' },
  'brake-rows.ts brakedValues': { apart: 'is a part of the statement of insertEvents' },
  'brake-rows.ts lockBrake': {
    reads: (db, _ids, orgId) => inOrganization(db, orgId, (tx) => lockBrake(tx)).then((found) => [found]),
  },
  'brake-writing.ts resetBrake': { writes: (tx) => resetBrake(tx, now) },
  'membership-writing.ts countInForce': {
    reads: (db, ids, orgId) =>
      inOrganization(db, orgId, async (tx) => [await countInForce(tx, ids.team)].filter(Boolean)),
  },
  'held-writing.ts openBatch': {
    writes: (tx, ids) => openBatch(tx, { id: newUuid(), connectionId: ids.connection, now }),
  },
  'held-writing.ts updateBatch': {
    writes: (tx, ids) => updateBatch(tx, ids.hold, { state: 'discarded', by: undefined, now }),
  },
  'held-writing.ts settleMembers': {
    writes: (tx, ids) => settleMembers(tx, [{ id: ids.suspended, ...inForce, origin: 'claimed', gone: undefined }]),
  },
  'held-writing.ts settleTeams': {
    writes: (tx, ids) => settleTeams(tx, [{ id: ids.team, name: 'Settled', origin: 'linked' }]),
  },
  'held-writing.ts settleMemberships': {
    writes: (tx, ids) => settleMemberships(tx, [{ teamId: ids.team, memberId: ids.suspended, inForce: true, reason }]),
  },
  'access-rows.ts roleNeeds': { apart: 'is a part of readAccess and lockTeam' },
  'access-rows.ts lockScope': {
    reads: (db, ids, orgId) =>
      inOrganization(db, orgId, (tx) => Promise.all(everyScope(ids).map((scope) => lockScope(tx, scope)))),
  },
  'access-rows.ts readScope': {
    reads: (db, ids, orgId) =>
      inOrganization(db, orgId, (tx) =>
        Promise.all(everyScope(ids).map((scope) => readScope(tx, scope, { after: undefined, limit: 100 }))),
      ),
  },
  'access-rows.ts readAccess': {
    reads: (db, ids, orgId) => inOrganization(db, orgId, (tx) => readAccess(tx, [ids.member, ids.suspended])),
  },
  'access-rows.ts readAccessOf': { apart: 'is a part of readAccess and lockPeopleOfDelta' },
  'access-writing.ts updateAccess': {
    writes: (tx, ids) =>
      updateAccess(tx, [{ memberId: ids.member, roles: { role: 'admin', customRoles: ['x'], reason } }], now),
  },
  'access-writing.ts updateGivenByHand': {
    writes: (tx, ids) => updateGivenByHand(tx, [{ memberId: ids.member, role: 'member', license: 'analyst' }]),
  },
  'access-writing.ts updateAccessSaid': {
    writes: (tx, ids) => updateAccessSaid(tx, ids.member, { roleByHand: 'member', licenseByHand: 'analyst' }),
  },
  'access-writing.ts updateSeats': {
    writes: (tx) => {
      updateSeats(tx, [{ license: 'developer', used: 1, waiting: 0 }]);
      updateSeats(tx, [
        { license: 'analyst', used: 1, waiting: 0 },
        { license: 'read_only', used: 1, waiting: 0 },
      ]);
    },
  },
  'access-writing.ts lockSeats': { reads: (db, _ids, orgId) => inOrganization(db, orgId, (tx) => lockSeats(tx)) },
  'access-writing.ts readAdministratorCounts': {
    reads: (db, _ids, orgId) => inOrganization(db, orgId, (tx) => readAdministratorCounts(tx)),
  },
  'access-writing.ts readSeats': { reads: (db, _ids, orgId) => inOrganization(db, orgId, (tx) => readSeats(tx)) },
  'access-lists.ts listRoles': { reads: (db, _ids, orgId) => listRoles(db, { id: orgId }) },
  'access-lists.ts listLicenses': { reads: (db, _ids, orgId) => listLicenses(db, { id: orgId }) },
  'access-lists.ts listTeamMappings': {
    reads: async (db, _ids, orgId) => [await listTeamMappings(db, { id: orgId }), orgId.length],
  },
  'access-lists.ts listLicenseGroups': { reads: (db, _ids, orgId) => listLicenseGroups(db, { id: orgId }) },
  'access-lists.ts listAccess': { reads: (db, _ids, orgId) => listAccess(db, { id: orgId }, { limit: 100 }) },
  'access-lists.ts findAccess': {
    reads: async (db, ids, orgId) => (await findAccess(db, { id: orgId }, ids.member)) ?? {},
  },
  'access-lists.ts readUnknownLicenses': {
    reads: (db, _ids, orgId) =>
      inOrganization(db, orgId, async (tx) => [await readUnknownLicenses(tx, [], 10), tx.orgId === orgId]),
  },
  'access-lists.ts readNamesOf': {
    reads: (db, ids, orgId) =>
      inOrganization(db, orgId, async (tx) => [...(await readNamesOf(tx, [ids.member])), tx.orgId === orgId]),
  },
  'governing.ts governedOf': { apart: text },
  'governing.ts readGovernedIn': { reads: (db, _ids, orgId) => inOrganization(db, orgId, (tx) => readGovernedIn(tx)) },
  'governing.ts holdGoverned': { reads: (db, _ids, orgId) => inOrganization(db, orgId, (tx) => holdGoverned(tx)) },
  'governing.ts readGoverned': { reads: (db, _ids, orgId) => readGoverned(db, orgId) },
  'governing.ts updatePolicy': { writes: (tx) => updatePolicy(tx, defaultPolicy, now) },
  'role-writing.ts lockRole': {
    reads: (db, _ids, orgId) => inOrganization(db, orgId, (tx) => lockRole(tx, 'auditor')),
  },
  'role-writing.ts readRolePermissions': {
    reads: (db, _ids, orgId) => inOrganization(db, orgId, (tx) => readRolePermissions(tx, ['auditor'])),
  },
  'role-writing.ts saveRole': {
    writes: (tx) => saveRole(tx, { key: 'auditor', name: 'X', permissions: [], needs: 'viewer' }, now),
  },
  'role-writing.ts deleteRole': { writes: (tx) => deleteRole(tx, 'auditor') },
  'role-writing.ts lockTeamsGiving': {
    reads: (db, _ids, orgId) =>
      inOrganization(db, orgId, async (tx) => [await lockTeamsGiving(tx, 'auditor'), tx.orgId === orgId]),
  },
  'role-writing.ts updateTeamGrants': {
    writes: (tx, ids) => updateTeamGrants(tx, ids.team, { role: 'auditor', license: null }),
  },
  'role-writing.ts updateRoleCeiling': { writes: (tx, ids) => updateRoleCeiling(tx, ids.token, 'admin') },
  'role-writing.ts insertLicense': { writes: (tx) => insertLicense(tx, 'guest') },
  'role-writing.ts saveLicenseGroup': { writes: (tx) => saveLicenseGroup(tx, marks.acme, 'analyst', now) },
  'role-writing.ts readLicenseGroups': {
    reads: (db, _ids, orgId) => inOrganization(db, orgId, (tx) => readLicenseGroups(tx)),
  },
  'access-writing.ts lockWaiting': {
    reads: (db, _ids, orgId) =>
      inOrganization(db, orgId, async (tx) => [await lockWaiting(tx, 'developer', 10), tx.orgId === orgId]),
  },
  'access-writing.ts readWaiting': {
    reads: (db, _ids, orgId) =>
      inOrganization(db, orgId, async (tx) => [
        await readWaiting(tx, 'developer', { after: undefined, limit: 10 }),
        tx.orgId === orgId,
      ]),
  },
  'api-key-writing.ts insertApiKey': {
    writes: (tx, ids) =>
      insertApiKey(tx, {
        id: newUuid(),
        digest: Buffer.from('digest'),
        memberId: ids.member,
        name: 'new',
        scopes: ['members:read'],
        expiresAt: undefined,
        now,
      }),
  },
  'api-key-writing.ts markApiKeyRevoked': { writes: (tx, ids) => markApiKeyRevoked(tx, ids.apiKey, now) },
  'api-key-writing.ts revokeApiKeysOf': { writes: (tx, ids) => revokeApiKeysOf(tx, [ids.member], now) },
  'api-key-writing.ts updateApiKeyName': { writes: (tx, ids) => updateApiKeyName(tx, ids.apiKey, 'renamed') },
  'api-key-writing.ts updateApiKeyUses': {
    writes: (tx, ids) =>
      updateApiKeyUses(tx, [{ keyId: ids.apiKey, at: new Date('2040-01-01'), address: '192.0.2.9', client: 'test' }]),
  },
  'api-keys.ts findApiKey': { reads: (db, ids, orgId) => findApiKey(db, { id: orgId }, ids.apiKey) },
  'api-keys.ts findApiKeyGrant': {
    reads: async (db, ids, orgId) => {
      const { rows } = await db.query('select digest from api_keys where id = $1 order by org_id limit 1', [
        ids.apiKey,
      ]);
      return await findApiKeyGrant(db, orgId, rows[0]?.digest ?? Buffer.from('nobody'));
    },
  },
  'api-keys.ts listApiKeys': {
    reads: (db, ids, orgId) => listApiKeys(db, { id: orgId }, { limit: 100, memberId: ids.member }),
  },
  'attribute-value-writing.ts replaceAttributeValues': {
    writes: (tx, ids) =>
      replaceAttributeValues(tx, { type: deviceOf, id: ids.resource, isNew: false }, [
        { attribute: 'a', key: 'k', scope: undefined },
      ]),
  },
  'attribute-value-writing.ts deleteAttributeValues': { writes: (tx) => deleteAttributeValues(tx, 'Device') },
  'attribute-value-writing.ts deleteValuesOf': { writes: (tx, ids) => deleteValuesOf(tx, 'Device', ids.resource) },
  'by-hand-writing.ts lockMembership': {
    reads: (db, ids, orgId) => inOrganization(db, orgId, (tx) => lockMembership(tx, ids.team, ids.member)),
  },
  'by-hand-writing.ts saveMembershipByHand': {
    writes: (tx, ids) =>
      saveMembershipByHand(tx, { teamId: ids.team, memberId: ids.member }, { isIn: false, inForce: false, reason }),
  },
  'by-hand-writing.ts insertMembershipsByHand': {
    writes: (tx, ids) => {
      deleteMembershipsOfTeam(tx, ids.team);
      insertMembershipsByHand(tx, [membershipChange(ids, undefined, true)]);
    },
  },
  'by-hand-writing.ts updateTeamInForce': {
    writes: (tx, ids) => updateTeamInForce(tx, ids.team, { displayName: 'Sales', displayNameKey: 'sales' }),
  },
  'connections.ts readConnectionState': {
    reads: (db, _ids, orgId) =>
      inOrganization(db, orgId, async (tx) => [await readConnectionState(tx), tx.orgId === orgId]),
  },
  'member-state-writing.ts updateMemberLinking': {
    writes: (tx, ids) => updateMemberLinking(tx, ids.member, { origin: 'local', linking: 'refused' }),
  },
  'member-state-writing.ts updateWaitingAddress': {
    writes: (tx, ids) => updateWaitingAddress(tx, ids.member, { address: 'x@example.com', until: now }),
  },
  'member-state-writing.ts updateBreakGlass': { writes: (tx, ids) => updateBreakGlass(tx, ids.member, true) },
  'member-state-writing.ts countBreakGlass': {
    reads: (db, ids, orgId) =>
      foundAndUndone(db, orgId, async (tx) => {
        updateBreakGlass(tx, ids.member, true);
        return (await countBreakGlass(tx)) === 0 ? undefined : ids.member;
      }),
  },
  'member-state-writing.ts updateInvitation': { writes: (tx, ids) => updateInvitation(tx, ids.member, now) },
  'member-state-writing.ts updateMemberUnlocked': { writes: (tx, ids) => updateMemberUnlocked(tx, ids.member, now) },
  'member-writing.ts lockLocalMatch': {
    reads: (db, ids, orgId) =>
      foundAndUndone(db, orgId, async (tx) => {
        updateMemberLinking(tx, ids.member, { origin: 'local', linking: undefined });
        const userNameKey = ids === foreign ? 'cleo@own.example' : 'ada@twin.example';
        return await lockLocalMatch(tx, { userNameKey, emailKeys: [userNameKey], scim: {} });
      }),
  },
  'remembered.ts lockRemovedTeam': {
    reads: (db, ids, orgId) =>
      foundAndUndone(db, orgId, async (tx) => {
        markTeamDeleted(tx, ids.team, now, new Date(now.getTime() + 1));
        return await lockRemovedTeam(tx, ids.team, now);
      }),
  },
  'remembered.ts lockRemembered': {
    reads: (db, ids, orgId) =>
      foundAndUndone(db, orgId, async (tx) => {
        markMemberDeleted(tx, ids.member, { reason, now, retainedUntil: now, leftTeams: [] });
        const userNameKey = ids === foreign ? 'cleo@own.example' : 'ada@twin.example';
        return await lockRemembered(tx, { userNameKey, connectionId: ids.connection, now: new Date(0) });
      }),
  },
  'remembered.ts lockRemovedMember': {
    reads: (db, ids, orgId) =>
      foundAndUndone(db, orgId, async (tx) => {
        markMemberDeleted(tx, ids.member, { reason, now, retainedUntil: new Date(now.getTime() + 1), leftTeams: [] });
        return await lockRemovedMember(tx, ids.member, now);
      }),
  },
  'remembered.ts readRememberedOf': {
    reads: (db, ids, orgId) =>
      foundAndUndone(db, orgId, async (tx) => {
        markMemberDeleted(tx, ids.member, { reason, now, retainedUntil: now, leftTeams: [] });
        const userNameKeys = [ids === foreign ? 'cleo@own.example' : 'ada@twin.example'];
        return [...(await readRememberedOf(tx, { userNameKeys, now: new Date(0) }, true))];
      }),
  },
  'remembered.ts readLeftTeams': {
    reads: (db, ids, orgId) => inOrganization(db, orgId, (tx) => readLeftTeams(tx, [ids.team], true)),
  },
  'remembered.ts forget': { writes: (tx, ids) => forget(tx, 'members', [ids.member], now) },
  'remembered.ts purgeRemoved': { apart: 'has its own case in test/provisioning/removed.test.ts' },
  'by-hand-writing.ts takeOverMemberships': { writes: (tx, ids) => takeOverMemberships(tx, { teamIds: [ids.team] }) },
  'by-hand-writing.ts forgetHeldMemberships': {
    writes: (tx, ids) => {
      holdJoiners(tx, ids.team, [ids.suspended], held(ids));
      holdLeavers(tx, { teamId: ids.team, memberIds: [ids.member] }, held(ids));
      forgetHeldMemberships(tx, [ids.team]);
      touchTeam(tx, ids.team, now);
    },
  },
  'disconnect-rows.ts readPeopleOfConnection': {
    reads: (db, ids, orgId) =>
      inOrganization(db, orgId, (tx) => readPeopleOfConnection(tx, ids.connection, 'remove', firstPage)),
  },
  'disconnect-rows.ts readStandingOf': {
    reads: (db, ids, orgId) =>
      inOrganization(db, orgId, async (tx) => [...(await readStandingOf(tx, ids.connection, [ids.member])).keys()]),
  },
  'disconnect-rows.ts readOwnersOfConnection': {
    reads: (db, ids, orgId) =>
      foundAndUndone(db, orgId, async (tx) => {
        tx.send({
          text: `update members set role = 'owner' where org_id = $1 and id = $2`,
          values: [orgId, ids.member],
        });
        return await readOwnersOfConnection(tx, ids.connection, true);
      }),
  },
  'disconnect-rows.ts lockHeldNewcomers': {
    reads: (db, ids, orgId) =>
      foundAndUndone(db, orgId, async (tx) => {
        tx.send({
          text: `update members set status = 'held' where org_id = $1 and id = $2`,
          values: [orgId, ids.member],
        });
        return await lockHeldNewcomers(tx, ids.connection, 10);
      }),
  },
  'disconnect-rows.ts readAdministering': {
    reads: (db, _ids, orgId) => inOrganization(db, orgId, async (tx) => [await readAdministering(tx), true]),
  },
  'disconnect-rows.ts readTeamsOfConnection': {
    reads: (db, ids, orgId) =>
      inOrganization(db, orgId, (tx) => readTeamsOfConnection(tx, ids.connection, 'keep', firstPage, true)),
  },
  'disconnect-rows.ts readResourcesOfConnection': {
    reads: (db, ids, orgId) =>
      inOrganization(db, orgId, (tx) => readResourcesOfConnection(tx, ids.connection, 'keep', firstPage)),
  },
  'disconnect-writing.ts beginEnding': {
    writes: (tx, ids) => beginEnding(tx, ids.connection, { choice: 'keep', by: { type: 'operator' }, now }),
  },
  'disconnect-writing.ts endConnection': { writes: (tx, ids) => endConnection(tx, ids.connection, now) },
  'disconnect-writing.ts discardBatchesOf': {
    writes: (tx, ids) => discardBatchesOf(tx, ids.connection, { by: { type: 'operator' }, now }),
  },
  'disconnect-writing.ts partMembers': {
    writes: (tx, ids) =>
      partMembers(tx, [{ id: ids.member, emailKeys: ['new@own.example'] }], { as: 'local', reason, now }),
  },
  'disconnect-writing.ts buryMembers': { writes: (tx, ids) => buryMembers(tx, [ids.member], now) },
  'disconnect-writing.ts dropNewcomers': { writes: (tx, ids) => dropNewcomers(tx, [ids.member], reason, now) },
  'disconnect-writing.ts deleteValuesOfMany': {
    writes: (tx, ids) => deleteValuesOfMany(tx, 'Device', [ids.resource]),
  },
  'disconnect-writing.ts partTeams': { writes: (tx, ids) => partTeams(tx, [ids.team], 'handed-over', now) },
  'disconnect-writing.ts dropNewTeams': { writes: (tx, ids) => dropNewTeams(tx, [ids.team], now) },
  'disconnect-writing.ts partResources': {
    writes: (tx, ids) => partResources(tx, [ids.resource], { as: 'local', now }),
  },
  'held-rows.ts endingTeam': { apart: text },
  'team-writing.ts updateTeamLinking': {
    writes: (tx, ids) => updateTeamLinking(tx, ids.team, { origin: 'local', linking: 'refused' }),
  },
  'team-writing.ts markLinkAsked': {
    reads: (db, ids, orgId) =>
      foundAndUndone(db, orgId, async (tx) => {
        updateTeamLinking(tx, ids.team, { origin: 'local', linking: undefined });
        return await markLinkAsked(tx, ids.team, { requestId: ids.team, now });
      }),
  },
  'team-list.ts findNamesOfTeams': {
    reads: (db, ids, orgId) => findNamesOfTeams(db, { id: orgId }, [ids.team]),
  },
  'team-list.ts findTeamsNamed': {
    reads: async (db, ids, orgId) => {
      const found = await findTeamsNamed(db, { id: orgId }, [ids === foreign ? 'Own team' : 'Engineering']);
      return found.length === 0 ? undefined : found;
    },
  },
  'local-rows.ts listLocalThings': {
    reads: (db, ids, orgId) =>
      foundAndUndone(db, orgId, async (tx) => {
        updateTeamLinking(tx, ids.team, { origin: 'local', linking: undefined });
        return await listLocalThings(tx, { limit: 100 });
      }),
  },
  'team-list.ts listPendingLinks': {
    reads: (db, _ids, orgId) => listPendingLinks(db, { id: orgId }, 10),
  },
  'team-writing.ts lockLocalTeam': {
    reads: (db, ids, orgId) =>
      foundAndUndone(db, orgId, async (tx) => {
        updateTeamLinking(tx, ids.team, { origin: 'local', linking: undefined });
        return await lockLocalTeam(tx, ids === foreign ? 'own team' : 'engineering');
      }),
  },
  'team-writing.ts updateTeamUnlocked': { writes: (tx, ids) => updateTeamUnlocked(tx, ids.team, now) },
  'member-writing.ts updateMemberInForce': { writes: (tx, ids) => updateMemberInForce(tx, ids.member, inForce) },
  'compiled-statement.ts compileStatement': { apart: text },
  'corked-socket.ts corkedSocket': { apart: 'carries bytes' },
  'credential-rows.ts credentialColumns': { apart: 'is a part of listTokens and listApiKeys' },
  'credential-rows.ts listedCredential': { apart: 'reads a row of listTokens and listApiKeys' },
  'database-errors.ts databaseFault': { apart: text },
  'database-errors.ts isDatabaseAway': { apart: text },
  'database-errors.ts isRetryable': { apart: text },
  'database-errors.ts isLockTimeout': { apart: text },
  'database-errors.ts constraintName': { apart: text },
  'database.ts openDatabase': { apart: 'opens a pool' },
  'database.ts withStartupOptions': { apart: text },
  'definition-check.ts readResourcesOf': {
    reads: async (db, _ids, orgId) =>
      await inOrganization(db, orgId, async (tx) => [
        await readResourcesOf(tx, deviceOf, { urn: undefined, after: undefined, limit: 10 }),
        await readResourcesOf(tx, userType, { urn: undefined, after: undefined, limit: 10 }),
        await readResourcesOf(tx, groupType, { urn: undefined, after: undefined, limit: 10 }),
      ]),
  },
  'definition-check.ts countResources': {
    reads: async (db, _ids, orgId) =>
      await inOrganization(db, orgId, async (tx) => [
        await countResources(tx, deviceOf, { urn: undefined, has: true, examples: 3 }),
        await countResources(tx, userType, { urn: 'urn:nobody', has: false, examples: 3 }),
      ]),
  },
  'definition-writing.ts lockDefinitions': { writes: (tx) => lockDefinitions(tx) },
  'definition-writing.ts assertDefinitions': {
    reads: async (db, _ids, orgId) =>
      await inOrganization(db, orgId, async (tx) => {
        assertDefinitions(tx, 2);
        return true;
      }),
  },
  'definition-writing.ts upsertSchema': {
    writes: (tx) => upsertSchema(tx, { schema: { ...parseSchema(deviceSchema), name: 'new' }, extends: [] }, now),
  },
  'definition-writing.ts upsertResourceType': {
    writes: (tx) => upsertResourceType(tx, { ...parseResourceType(deviceType), description: 'new' }, now),
  },
  'definition-writing.ts deleteSchema': { writes: (tx) => deleteSchema(tx, deviceSchema.id) },
  'definition-writing.ts deleteResourceType': { writes: (tx) => deleteResourceType(tx, 'Device') },
  'definitions.ts findDefinitions': { reads: (db, _ids, orgId) => findDefinitions(db, orgId) },
  'definitions.ts readDefinitions': {
    reads: (db, _ids, orgId) => inOrganization(db, orgId, (tx) => readDefinitions(tx)),
  },
  'durability.ts flushMessage': { apart: text },
  'durability.ts shareFlush': { apart: 'waits for the disk, one flush for each organization' },
  'event-rows.ts insertEvents': {
    writes: (tx) =>
      insertEvents(
        tx,
        [{ kind: 'test', data: {}, others: ['member:a', 'member:b'], at: now, actor: {}, requestId: undefined }],
        { members: 1, teams: 1 },
      ),
  },
  'event-rows.ts asStoredEvent': { apart: text },
  'event-lists.ts listEvents': {
    reads: async (db, ids, orgId) =>
      await Promise.all(
        [
          undefined,
          { member: ids.member },
          { team: ids.team },
          { subject: `resource:${ids.resource}` },
          { subject: 'organization' },
        ].map((about) => listEvents(db, { id: orgId }, { about }, { order: 'newest', limit: 100 })),
      ),
  },
  'event-lists.ts listEventsBeside': {
    reads: (db, _ids, orgId) => listEventsBeside(db, { id: orgId }, [1, 2], 10),
  },
  'event-lists.ts findNewestEvents': {
    reads: async (db, ids, orgId) => [
      ...(await findNewestEvents(db, { id: orgId }, { member: ids.member }, [[memberCreated], [membersChanged]])),
    ],
  },
  'event-lists.ts findNewestInTeams': {
    reads: async (db, ids, orgId) => [...(await findNewestInTeams(db, { id: orgId }, ids.member, [ids.team]))],
  },
  'event-lists.ts findMappingEvents': {
    reads: async (db, ids, orgId) => [...(await findMappingEvents(db, { id: orgId }, [ids.team]))],
  },
  'event-lists.ts findPlaceInFeed': { reads: (db, _ids, orgId) => findPlaceInFeed(db, { id: orgId }, new Date()) },
  'as-of-rows.ts listPeopleOf': {
    reads: (db, _ids, orgId) =>
      listPeopleOf(db, { id: orgId }, { seq: 0, at: new Date() }, { after: undefined, limit: 100 }),
  },
  'as-of-rows.ts listPeopleOfTeam': {
    reads: (db, ids, orgId) => listPeopleOfTeam(db, { id: orgId }, ids.team, { after: undefined, limit: 100 }),
  },
  'as-of-rows.ts readPeopleNow': {
    reads: (db, ids, orgId) => readPeopleNow(db, { id: orgId }, [ids.member, ids.suspended]),
  },
  'as-of-rows.ts readTeamNames': {
    reads: async (db, ids, orgId) => [...(await readTeamNames(db, { id: orgId }, [ids.team]))],
  },
  'as-of-rows.ts readEventsOfPeople': {
    reads: (db, ids, orgId) =>
      readEventsOfPeople(db, { id: orgId }, [ids.member, ids.suspended], { after: 0, limit: 100 }),
  },
  'as-of-rows.ts readEventsOfTeams': {
    reads: (db, ids, orgId) =>
      readEventsOfTeams(db, { id: orgId }, [ids.team], { kind: membersChanged, after: 0, limit: 100 }),
  },
  'undo-rows.ts readFactsNow': {
    reads: async (db, ids, orgId) => {
      const { members, teams, memberships } = await readFactsNow(
        db,
        { id: orgId },
        { members: [ids.member], teams: [ids.team], memberships: [ids] },
        now,
      );
      return [...members, ...teams, ...memberships];
    },
  },
  'reason-names.ts readReasonNames': {
    reads: async (db, ids, orgId) => {
      const { names, requests } = await readReasonNames(
        db,
        { id: orgId },
        { tokens: [ids.token], keys: [ids.apiKey], members: [ids.member], teams: [ids.team], requests: [ids.request] },
      );
      return [...names, ...requests];
    },
  },
  'event-rows.ts selectEvents': { reads: (db, _ids, orgId) => selectEvents(db, orgId, { after: 0, limit: 100 }) },
  'fair-connections.ts connectFor': { apart: 'hands out connections and sends nothing' },
  'fair-connections.ts connectionsPerOrganization': { apart: text },
  'fair-connections.ts organizationIsBusy': { apart: text },
  'feed-heads.ts findEndedKeys': { apart: operator },
  'feed-heads.ts readFeedHeads': { apart: operator },
  'feed-heads.ts readFeedSpan': { reads: (db, _ids, orgId) => readFeedSpan(db, orgId, 0) },
  'filter-sql-columns.ts resourceColumn': { apart: 'is a part of filterExpression' },
  'filter-sql-columns.ts documentColumn': { apart: 'is a part of filterExpression and sortKey' },
  'filter-sql-columns.ts rowName': { apart: text },
  'filter-sql-compare.ts presentScalar': { apart: text },
  'filter-sql-compare.ts comparableScalar': { apart: text },
  'filter-sql-compare.ts compareScalar': { apart: text },
  'filter-sql-compare.ts foldCase': { apart: text },
  'filter-sql.ts filterExpression': {
    reads: async (db, ids, orgId) => [
      ...(await Promise.all(
        [...filters, `groups.value eq "${ids.team}"`, `id eq "${ids.member}"`].map((filter) =>
          listOneType(db, orgId, userType, page(filter)),
        ),
      )),
      ...(await Promise.all(
        [...groupFilters, `members.value eq "${ids.member}"`, `members[value eq "${ids.suspended}"]`].map((filter) =>
          listOneType(db, orgId, groupType, page(filter, groupType)),
        ),
      )),
    ],
  },
  'idempotent-answers.ts findAnswer': {
    reads: (db, _ids, orgId) => findAnswer(db, orgId, answerKey, new Date(0)),
  },
  'idempotent-answers.ts insertAnswer': {
    writes: (tx) => {
      const stored = { requestDigest: Buffer.from('r'), answer: Buffer.from('a') };
      insertAnswer(tx, { caller: 'operator', keyDigest: Buffer.from('new') }, stored, {
        now,
        since: new Date('2040-01-01'),
      });
    },
  },
  'connections.ts readConnection': { reads: (db, _ids, orgId) => readConnection(db, { id: orgId }) },
  'installation.ts readInstallation': { apart: operator },
  'domain-writing.ts insertDomain': {
    writes: (tx) => insertDomain(tx, { name: 'new.example', token: 'x', now }),
  },
  'domain-writing.ts updateDomain': {
    writes: (tx) =>
      updateDomain(tx, 'twin.example', {
        state: 'verified',
        provenAt: now,
        failures: 0,
        problem: undefined,
        dueAt: now,
        now,
      }),
  },
  'domain-writing.ts deleteDomain': { writes: (tx) => deleteDomain(tx, 'twin.example') },
  'domain-writing.ts claimDomain': { apart: 'has its own case in test/provisioning/domains.test.ts' },
  'domain-writing.ts freeDomain': { apart: 'has its own case in test/provisioning/domains.test.ts' },
  'domains.ts listDomains': { reads: (db, _ids, orgId) => listDomains(db, { id: orgId }) },
  'domains.ts findDomain': { reads: (db, _ids, orgId) => findDomain(db, { id: orgId }, 'twin.example') },
  'domains.ts lockDomain': {
    reads: (db, _ids, orgId) => inOrganization(db, orgId, (tx) => lockDomain(tx, 'twin.example')),
  },
  'domains.ts countDomains': { reads: (db, _ids, orgId) => inOrganization(db, orgId, (tx) => countDomains(tx)) },
  'drift-rows.ts readPeopleIds': {
    reads: (db, _ids, orgId) => inOrganization(db, orgId, (tx) => readPeopleIds(tx, firstPage)),
  },
  'drift-rows.ts readStrayMemberships': {
    reads: (db, ids, orgId) =>
      foundAndUndone(db, orgId, async (tx) => {
        markMemberDeleted(tx, ids.member, { reason, now, retainedUntil: now, leftTeams: [] });
        return await readStrayMemberships(tx, firstPage);
      }),
  },
  'drift-rows.ts lockStrayMemberships': {
    reads: (db, ids, orgId) =>
      foundAndUndone(db, orgId, async (tx) => {
        markMemberDeleted(tx, ids.member, { reason, now, retainedUntil: now, leftTeams: [] });
        return await lockStrayMemberships(tx, [ids.member, ids.suspended]);
      }),
  },
  'drift-rows.ts countExplained': { reads: (db, _ids, orgId) => inOrganization(db, orgId, (tx) => countExplained(tx)) },
  'drift-rows.ts readCountsMissed': {
    reads: (db, _ids, orgId) => inOrganization(db, orgId, (tx) => readCountsMissed(tx)),
  },
  'removed-list.ts listRemoved': { apart: 'has its own case in test/provisioning/removed.test.ts' },
  'reconciliations.ts listReconciliations': {
    reads: (db, _ids, orgId) => listReconciliations(db, { id: orgId }, { limit: 100 }),
  },
  'reconciliations.ts findReconciliation': {
    reads: (db, ids, orgId) => findReconciliation(db, { id: orgId }, ids.reconciliation),
  },
  'reconciliations.ts findLastReconciliation': {
    reads: (db, _ids, orgId) => findLastReconciliation(db, { id: orgId }),
  },
  'reconciliation-writing.ts readToldOfDrift': {
    reads: (db, _ids, orgId) =>
      inOrganization(db, orgId, (tx) => readToldOfDrift(tx, 'ffffffff-ffff-7fff-bfff-ffffffffffff')),
  },
  'reconciliation-writing.ts insertReconciliation': {
    writes: (tx) =>
      insertReconciliation(tx, {
        id: newUuid(),
        at: now,
        actor: { type: 'operator' },
        repairs: false,
        silentSince: late,
      }),
  },
  'reconciliation-writing.ts noteReconciliation': {
    writes: (tx, ids) => noteReconciliation(tx, ids.reconciliation, noProgress, late),
  },
  'reconciliation-writing.ts endReconciliation': {
    writes: (tx, ids) =>
      endReconciliation(tx, ids.reconciliation, {
        now: late,
        progress: noProgress,
        report: undefined,
        problem: 'new',
        isTold: false,
        keep: 1,
      }),
  },
  'domains-due.ts findDomainsDue': { apart: operator },
  'mail-due.ts findOrganizationsWithMail': { apart: operator },
  'mail-writing.ts insertMail': {
    writes: (tx, ids) =>
      insertMail(tx, {
        id: newUuid(),
        kind: 'invitation',
        memberId: ids.member,
        recipient: 'x@example.com',
        facts: {},
        now,
      }),
  },
  'mail-writing.ts claimMails': { writes: (tx) => claimMails(tx, { now: late, until: late, limit: 100 }) },
  'mail-writing.ts storeTexts': {
    writes: (tx, ids) => storeTexts(tx, [{ id: ids.mail, subject: 'new', sealed: Buffer.from('new') }]),
  },
  'mail-writing.ts endMails': {
    writes: (tx, ids) => endMails(tx, [{ id: ids.mail, state: 'sent', dueAt: now, problem: undefined }], now),
  },
  'mail-writing.ts withdrawMails': { writes: (tx, ids) => withdrawMails(tx, ids.suspended, 'invitation', now) },
  'mail-writing.ts readMailsSince': {
    reads: (db, ids, orgId) =>
      inOrganization(db, orgId, (tx) => readMailsSince(tx, ids.suspended, 'invitation', new Date(0))),
  },
  'mail-writing.ts saveLinks': {
    writes: (tx, ids) =>
      saveLinks(tx, [
        {
          memberId: ids.member,
          purpose: 'invitation',
          digest: Buffer.from('new'),
          address: 'x@example.com',
          expiresAt: now,
        },
      ]),
  },
  'mail-writing.ts deleteLink': { writes: (tx, ids) => deleteLink(tx, ids.suspended, 'invitation') },
  'mail-writing.ts useLink': { writes: (tx) => useLink(tx, Buffer.from('link')) },
  'mail-writing.ts insertAlert': { writes: (tx) => insertAlert(tx, { id: newUuid(), kind: 'x', says: 'x', now }) },
  'mail-writing.ts takeAlerts': { writes: (tx) => takeAlerts(tx, { now, since: now, limit: 10 }) },
  'mail-writing.ts readAdministrators': {
    reads: (db, _ids, orgId) => inOrganization(db, orgId, (tx) => readAdministrators(tx, 10)),
  },
  'mail-writing.ts deleteOldMail': { writes: (tx) => deleteOldMail(tx, late) },
  'mails.ts listMails': { reads: (db, _ids, orgId) => listMails(db, { id: orgId }, { limit: 100 }) },
  'mails.ts findMail': { reads: (db, ids, orgId) => findMail(db, { id: orgId }, ids.mail) },
  'mails.ts findLink': {
    reads: (db, ids, orgId) => findLink(db, orgId, Buffer.from(ids.mail.endsWith('-0000000000d1') ? 'link' : '\0')),
  },
  'mails.ts listConfirmations': {
    reads: (db, _ids, orgId) => listConfirmations(db, { id: orgId }, { limit: 100 }),
  },
  'waiting-address.ts waitingOf': { apart: 'reads columns of a row' },
  'mails.ts listInvitations': {
    reads: (db, _ids, orgId) => listInvitations(db, { id: orgId }, { limit: 100 }),
  },
  'organizations.ts readOrganizationName': {
    reads: (db, _ids, orgId) => inOrganization(db, orgId, (tx) => readOrganizationName(tx)),
  },
  'key-range.ts keysFrom': { apart: text },
  'key-range.ts afterAllWith': { apart: text },
  'lanes.ts inLane': { apart: 'hands out connections and sends nothing' },
  'member-list.ts listMembers': {
    reads: async (db, _ids, orgId) => [
      await listMembers(db, { id: orgId }, { limit: 100 }),
      await listMembers(db, { id: orgId }, { limit: 100, status: 'suspended' }),
      await listMembers(db, { id: orgId }, { limit: 100, status: 'active' }),
      await listMembers(db, { id: orgId }, { limit: 100, search: 'a' }),
      await listMembers(db, { id: orgId }, { limit: 100, search: 'g', status: 'removed' }),
    ],
  },
  'member-list.ts findListedMember': { reads: (db, ids, orgId) => findListedMember(db, { id: orgId }, ids.member) },
  'membership-list.ts listMembersOfTeam': {
    reads: (db, ids, orgId) => listMembersOfTeam(db, { id: orgId }, ids.team, { limit: 100 }),
  },
  'membership-list.ts listTeamsOfMember': {
    reads: (db, ids, orgId) => listTeamsOfMember(db, { id: orgId }, ids.member, { limit: 100 }),
  },
  'member-writing.ts lockMember': {
    reads: (db, ids, orgId) => inOrganization(db, orgId, (tx) => lockMember(tx, ids.member)),
  },
  'member-writing.ts insertMember': {
    writes: (tx, ids) =>
      insertMember(tx, {
        id: newUuid(),
        origin: 'provisioned',
        connectionId: ids.connection,
        asked: asked(ids),
        inForce,
        now,
      }),
  },
  'member-writing.ts updateMember': {
    writes: (tx, { member: id, connection: connectionId, ...ids }) =>
      updateMember(tx, {
        id,
        origin: 'claimed',
        connectionId,
        version: 9,
        asked: asked({ ...ids, member: id, connection: connectionId }),
        inForce,
        now,
      }),
  },
  'member-writing.ts replaceEmails': { writes: (tx, ids) => replaceEmails(tx, ids.member, ['new@twin.example']) },
  'member-writing.ts markMemberDeleted': {
    writes: (tx, ids) => markMemberDeleted(tx, ids.member, { reason, now, retainedUntil: now, leftTeams: [] }),
  },
  'members.ts findMember': { reads: (db, ids, orgId) => findMember(db, orgId, ids.member, derived) },
  'members.ts findMemberByUserName': {
    reads: (db, ids, orgId) =>
      findMemberByUserName(db, orgId, ids === foreign ? 'cleo@own.example' : 'ada@twin.example', derived),
  },
  'members.ts findUserNameHolder': {
    reads: (db, ids, orgId) => findUserNameHolder(db, orgId, ids === foreign ? 'cleo@own.example' : 'ada@twin.example'),
  },
  'members.ts memberColumns': { apart: text },
  'members.ts groupsOfMember': { apart: 'is a part of findMember and listOneType' },
  'members.ts storedResource': { apart: text },
  'members.ts groupsText': { apart: text },
  'membership-writing.ts meetMemberships': {
    reads: (db, ids, orgId) =>
      inOrganization(db, orgId, async (tx) => [
        await meetMemberships(tx, ids.team, { base: 'empty', add: [], remove: [] }),
        await meetMemberships(tx, ids.team, { base: 'current', add: [], remove: [ids.member] }),
        (await meetMemberships(tx, newUuid(), { base: 'current', add: [ids.member], remove: [] })).joiners,
      ]),
  },
  'membership-writing.ts lockPeopleOfDelta': {
    reads: (db, ids, orgId) =>
      inOrganization(db, orgId, async (tx) => {
        const nothing = async () => undefined;
        const { people } = await lockPeopleOfDelta(
          tx,
          ids.team,
          { base: 'current', add: [ids.member], remove: [ids.suspended] },
          nothing,
        );
        const replaced = await lockPeopleOfDelta(
          tx,
          ids.team,
          { base: 'empty', add: [ids.suspended], remove: [] },
          nothing,
        );
        return [people, replaced.people];
      }),
  },
  'membership-writing.ts lockPeopleOfTeam': {
    reads: (db, ids, orgId) => inOrganization(db, orgId, (tx) => lockPeopleOfTeam(tx, ids.team)),
  },
  'membership-writing.ts teamMembersAmong': {
    reads: (db, ids, orgId) =>
      inOrganization(db, orgId, async (tx) => [
        ...(await teamMembersAmong(tx, [ids.team], [ids.member])),
        tx.orgId === orgId,
      ]),
  },
  'membership-writing.ts lockMembershipsOf': {
    reads: (db, ids, orgId) => inOrganization(db, orgId, (tx) => lockMembershipsOf(tx, [ids.member, ids.suspended])),
  },
  'membership-writing.ts readTeamMembers': {
    reads: (db, ids, orgId) => inOrganization(db, orgId, (tx) => readTeamMembers(tx, ids.team, 10)),
  },
  'membership-writing.ts membersAmong': {
    reads: (db, ids, orgId) =>
      inOrganization(db, orgId, async (tx) => [...(await membersAmong(tx, ids.team, [ids.member]))]),
  },
  'membership-writing.ts insertMemberships': {
    writes: async (tx, ids) => {
      deleteMembershipsOfTeam(tx, ids.team);
      insertMemberships(tx, [membershipChange(ids, undefined, false)]);
    },
  },
  'membership-writing.ts updateMemberships': {
    writes: (tx, ids) => updateMemberships(tx, [membershipChange(ids, true, false)]),
  },
  'membership-writing.ts deleteMemberships': {
    writes: (tx, ids) => deleteMemberships(tx, [{ teamId: ids.team, memberId: ids.member }]),
  },
  'membership-writing.ts deleteMembershipsOfMember': { writes: (tx, ids) => deleteMembershipsOfMember(tx, ids.member) },
  'membership-writing.ts deleteMembershipsOfTeam': { writes: (tx, ids) => deleteMembershipsOfTeam(tx, ids.team) },
  'migrate.ts migrate': { apart: 'changes the schema' },
  'migration-files.ts readMigrations': { apart: 'reads files' },
  'notices.ts openNotices': { apart: 'reads and writes no rows' },
  'operator-error.ts OperatorError': { apart: text },
  'organization-transaction.ts inOrganization': {
    reads: (db, _ids, orgId) => inOrganization(db, orgId, async (tx) => tx.orgId === orgId),
  },
  'organization-transaction.ts tryInOrganization': {
    reads: (db, _ids, orgId) => tryInOrganization(db, orgId, readSeats),
  },
  'organization-transaction.ts tryTransactions': { apart: 'is the transaction of tryInOrder' },
  'trial.ts tryInOrder': {
    reads: (db, _ids, orgId) => tryInOrder(db, orgId, (trial) => inOrganization(trial, orgId, readSeats)),
  },
  'trial-state.ts TrialState': { apart: 'counts in memory' },
  'organization-transaction.ts readAtOneMoment': { apart: 'is the transaction of readSnapshot' },
  'organization-transaction.ts flushOrganization': { apart: 'waits for the disk and touches no row' },
  'organization-transaction.ts queryOrganization': {
    reads: (db, ids, orgId) =>
      queryOrganization(db, orgId, {
        text: 'select user_name from members where org_id = $1 and id = $2',
        values: [orgId, ids.member],
      }),
  },
  'organization-transaction.ts queryOrganizationBatch': {
    reads: async (db, ids, orgId) =>
      (
        await queryOrganizationBatch(db, orgId, [
          { text: 'select id from teams where org_id = $1 and id = $2', values: [orgId, ids.team] },
        ])
      ).flat(),
  },
  'organization-writing.ts insertOrganization': {
    writes: (tx) => {
      const tenant = { ...tx, orgId: newUuid() };
      const named = { slug: `new-${tenant.orgId}`, name: 'New', plan: 'pro' as const, policy: defaultPolicy };
      const connection = { connectionId: newUuid(), provider: 'okta', scimProfile: 'generic', state: 'on' } as const;
      insertOrganization(tenant, { ...named, ...connection, now });
      touchTeam(tx, newUuid(), now);
    },
  },
  'organization-writing.ts insertConnection': {
    writes: (tx) => insertConnection(tx, { id: newUuid(), provider: 'okta', scimProfile: 'okta', state: 'off', now }),
  },
  'organization-writing.ts lockOrganization': {
    reads: (db, _ids, orgId) => inOrganization(db, orgId, (tx) => lockOrganization(tx)),
  },
  'organization-writing.ts updateOrganization': {
    writes: (tx) => updateOrganization(tx, { name: 'New', plan: 'free', status: 'suspended' }, now),
  },
  'organization-writing.ts updateConnectionState': {
    writes: (tx, ids) => updateConnectionState(tx, ids.connection, 'off', now),
  },
  'organization-writing.ts updateConnectionProvider': {
    writes: (tx, ids) => updateConnectionProvider(tx, ids.connection, 'entra', now),
  },
  'sign-in-providers.ts findSignInProvider': { reads: (db, _ids, orgId) => findSignInProvider(db, { id: orgId }) },
  'sign-in-providers.ts readSignInProvider': {
    reads: (db, _ids, orgId) => inOrganization(db, orgId, (tx) => readSignInProvider(tx)),
  },
  'sign-in-provider-writing.ts saveSignInProvider': {
    writes: (tx) => saveSignInProvider(tx, { provider: 'entra', issuer: 'urn:new' }, now),
  },
  'sign-in-provider-writing.ts markSignInProviderRemoved': { writes: (tx) => markSignInProviderRemoved(tx, now) },
  'organization-writing.ts updateScimProfile': { writes: (tx) => updateScimProfile(tx, 'entra', now) },
  'organizations.ts findOrganization': { reads: (db, _ids, orgId) => findOrganization(db, orgId) },
  'organizations.ts findWithExpiringTokens': { apart: operator },
  'organizations.ts findQuietConnections': { apart: operator },
  'address-lists.ts findAddressList': { reads: (db, _ids, orgId) => findAddressList(db, orgId) },
  'address-lists.ts lockAddressList': {
    reads: (db, _ids, orgId) => inOrganization(db, orgId, (tx) => lockAddressList(tx)),
  },
  'address-list-writing.ts saveAddressList': {
    writes: (tx) => saveAddressList(tx, { appliesTo: 'scim', rules: [] }, now),
  },
  'traffic.ts readConnectionTraffic': {
    reads: async (db, _ids, orgId) => {
      const { lastCall: _, ...rest } = await readConnectionTraffic(
        db,
        orgId,
        { now: new Date(0), hour: new Date(0), day: new Date(0), rhythm: new Date(0), expiry: now },
        100,
      );
      return { ...rest, answers: rest.answers.length };
    },
  },
  'traffic.ts readEndedTraffic': {
    reads: async (db, ids, orgId) => {
      const times = { hour: new Date(0), day: new Date(0), end: new Date('2040-01-01') };
      const { lastCall, answers } = await readEndedTraffic(db, orgId, ids.connection, times);
      return [lastCall, answers.length];
    },
  },
  'traffic.ts readCalls': {
    reads: async (db, _ids, orgId) => (await readCalls(db, orgId, new Date(0))).pieces > 0,
  },
  'traffic.ts readCounted': {
    reads: async (db, _ids, orgId) => (await readCounted(db, orgId, 'sign', new Date(0))).get(`mark ${marks.acme}`),
  },
  'traffic.ts countHeldBySuspension': {
    reads: (db, _ids, orgId) => countHeldBySuspension(db, orgId, 100),
  },
  'traffic.ts findTeamOfEveryone': {
    reads: async (db, _ids, orgId) => [await findTeamOfEveryone(db, orgId), orgId.length],
  },
  'traffic-writing.ts addTraffic': {
    writes: (tx) =>
      addTraffic(tx, [
        { kind: 'sign', bucket: now, name: 'new', count: 1, lastAt: now, lastRequest: newUuid() },
        {
          kind: 'sign',
          bucket: new Date(0),
          name: `mark ${marks.acme}`,
          count: 1,
          lastAt: now,
          lastRequest: newUuid(),
        },
      ]),
  },
  'traffic-writing.ts deleteTraffic': { writes: (tx) => deleteTraffic(tx, new Date('2040-01-01')) },
  'traffic-writing.ts lockConnectionCalls': {
    reads: async (db, _ids, orgId) =>
      await inOrganization(db, orgId, async (tx) => (await lockConnectionCalls(tx)).map(({ id }) => id)),
  },
  'traffic-writing.ts updateSilence': { writes: (tx, ids) => updateSilence(tx, ids.connection, now) },
  'organizations.ts findOrganizationId': { reads: (db, _ids, orgId) => findOrganizationId(db, orgId) },
  'organizations.ts findOrganizationName': { reads: (db, _ids, orgId) => findOrganizationName(db, orgId) },
  'organizations.ts readOrganizationFacts': { reads: (db, _ids, orgId) => readOrganizationFacts(db, { id: orgId }) },
  'organizations.ts listOrganizations': { apart: operator },
  'organizations.ts listOrganizationNames': { apart: operator },
  'organizations.ts listSettling': { apart: operator },
  'organizations.ts listDisconnecting': { apart: operator },
  'connections.ts listConnections': { reads: (db, _ids, orgId) => listConnections(db, { id: orgId }, { limit: 10 }) },
  'connections.ts findConnection': {
    reads: (db, ids, orgId) => findConnection(db, { id: orgId }, ids.connection),
  },
  'connections.ts lockConnection': {
    reads: (db, _ids, orgId) => inOrganization(db, orgId, (tx) => lockConnection(tx)),
  },
  'snapshot.ts readLastSeq': { reads: (db, _ids, orgId) => inOrganization(db, orgId, (tx) => readLastSeq(tx)) },
  'member-writing.ts heldValues': { apart: text },
  'member-writing.ts deleteEmails': { writes: (tx, ids) => deleteEmails(tx, ids.member) },
  'page-marks.ts createPageMarks': { apart: 'remembers by a key that begins with the organization; see listOneType' },
  'partitions.ts maintainPartitions': { apart: 'makes and drops partitions' },
  'request-log.ts insertRequestsOf': { writes: (tx) => insertRequestsOf(tx, [loggedRequest(newUuid())]) },
  'request-log.ts insertRequests': {
    reads: async (db, _ids, orgId) => {
      await insertRequests(db, orgId, [loggedRequest(newUuid({ msecs: 1 }))]);
      return true;
    },
  },
  'request-log.ts listRequests': {
    reads: async (db, _ids, orgId) =>
      (await listRequests(db, { id: orgId }, { limit: 100 })).filter((each) => each.path !== '/'),
  },
  'request-log.ts findRequest': { reads: (db, ids, orgId) => findRequest(db, { id: orgId }, ids.request) },
  'resource-list-statements.ts groupsOfPage': { apart: 'is a part of listOneType and listAllTypes' },
  'resource-list-statements.ts listed': { apart: 'is a part of listOneType and listAllTypes' },
  'resource-list-statements.ts pageOf': { apart: 'is a part of listOneType and listAllTypes' },
  'resource-list-statements.ts placesEvery': { apart: 'is a part of listOneType and listAllTypes' },
  'resource-list-statements.ts totalOf': { apart: 'is a part of listOneType and listAllTypes' },
  'resource-list.ts listOneType': {
    reads: async (db, _ids, orgId) => {
      const query = page();
      const first = await listOneType(db, orgId, userType, { ...query, count: 1 });
      await listOneType(db, globex.id, userType, { ...query, count: 1 });
      return [
        first,
        await listOneType(db, orgId, userType, { ...query, startIndex: 2 }),
        await listOneType(db, orgId, groupType, page()),
        await listOneType(db, orgId, deviceOf, page()),
        await listOneType(db, orgId, deviceOf, page('label co "label"', deviceOf)),
        await listOneType(db, orgId, deviceOf, page('label eq "own"', deviceOf)),
      ];
    },
  },
  'resource-list.ts listAllTypes': {
    reads: (db, _ids, orgId) =>
      listAllTypes(db, orgId, [userType, groupType, deviceOf], {
        ...page(undefined),
        filter: parseFilter('displayName pr', everyType),
        sort: parseSort({ sortBy: 'displayName' }, everyType),
        derived: () => derived,
      }),
  },
  'resource-writing.ts lockResource': {
    reads: (db, ids, orgId) => inOrganization(db, orgId, (tx) => lockResource(tx, 'Device', ids.resource)),
  },
  'resource-writing.ts lockHandedOver': {
    reads: (db, ids, orgId) =>
      foundAndUndone(db, orgId, async (tx) => {
        partResources(tx, [ids.resource], { as: 'handed-over', now });
        const value = { attribute: 'name', key: ids === foreign ? 'own' : 'twin', scope: 'Device' };
        tx.send({
          text: `insert into attribute_values (org_id, resource_type, resource_id, attribute, value_key, unique_in)
            select r.org_id, r.resource_type, r.id, $3, $4, $5 from resources r where r.org_id = $1 and r.id = $2`,
          values: [orgId, ids.resource, value.attribute, value.key, value.scope],
        });
        return await lockHandedOver(tx, 'Device', [value]);
      }),
  },
  'resource-writing.ts insertResource': {
    writes: (tx, ids) => insertResource(tx, device(newUuid(), ids.connection)),
  },
  'resource-writing.ts updateResource': {
    writes: (tx, ids) => updateResource(tx, device(ids.resource, ids.connection)),
  },
  'resource-writing.ts markResourceDeleted': {
    writes: (tx, ids) => markResourceDeleted(tx, 'Device', ids.resource, now),
  },
  'resource-writing.ts markAllDeleted': { writes: (tx) => markAllDeleted(tx, 'Device', now) },
  'resources.ts findResource': { reads: (db, ids, orgId) => findResource(db, orgId, 'Device', ids.resource) },
  'resources.ts resourceColumns': { apart: text },
  'resources.ts findExisting': {
    reads: (db, ids, orgId) =>
      inOrganization(db, orgId, (tx) =>
        findExisting(tx, [
          { type: 'Device', id: ids.resource },
          { type: 'User', id: ids.member },
          { type: 'Group', id: ids.team },
        ]),
      ),
  },
  'resources.ts findUsedTypes': {
    reads: (db, _ids, orgId) => inOrganization(db, orgId, (tx) => findUsedTypes(tx, ['Device', 'Robot'])),
  },
  'snapshot.ts readSnapshot': {
    reads: async (db, _ids, orgId) => {
      const parts = [];
      for await (const page of readSnapshot(db, orgId, 1)) parts.push(...page);
      return parts;
    },
  },
  'sort-sql.ts sortKey': {
    reads: async (db, _ids, orgId) => {
      const by = async (sortBy: string) =>
        await listOneType(db, orgId, userType, {
          ...page(),
          count: 1,
          cursor: { after: undefined },
          sort: parseSort({ sortBy }, userType),
        });
      const teams = await listOneType(db, orgId, groupType, {
        ...page(),
        count: 1,
        sort: parseSort({ sortBy: 'members.display' }, groupType),
      });
      return [await by('groups.display'), await by('emails.value'), await by('meta.lastModified'), teams];
    },
  },
  'sort-sql.ts missingKey': { apart: text },
  'shared-reads.ts readTogether': {
    reads: (db, ids, orgId) =>
      readTogether(db, orgId, {
        name: 'test-read-together',
        text: 'select user_name from members where org_id = $1 and id = $2',
        values: [orgId, ids.member],
      }),
  },
  'shared-transactions.ts inSharedTransaction': {
    reads: (db, _ids, orgId) =>
      inSharedTransaction(db, orgId, {
        about: { members: [] },
        work: async (tx) => tx.orgId === orgId,
        finish: () => undefined,
      }),
  },
  'shared-transactions.ts NotShared': { apart: new NotShared().name },
  'sort-sql.ts isBehind': { apart: text },
  'sort-sql.ts orderBy': { apart: text },
  'statement-batch.ts isCut': { apart: 'says of rows that were read whether there were more' },
  'statement-batch.ts sendStatements': { apart: 'sends what it is given, on the connection of a transaction' },
  'statistics.ts refreshStatistics': { apart: 'analyzes tables as their owner' },
  'tables.ts organizationColumn': { apart: text },
  'team-list.ts listTeams': {
    reads: async (db, _ids, orgId) => [
      await listTeams(db, { id: orgId }, { limit: 100 }),
      await listTeams(db, { id: orgId }, { limit: 100, search: 'e' }),
    ],
  },
  'team-list.ts findListedTeam': { reads: (db, ids, orgId) => findListedTeam(db, { id: orgId }, ids.team) },
  'team-writing.ts lockTeam': {
    reads: (db, ids, orgId) => inOrganization(db, orgId, (tx) => lockTeam(tx, ids.team)),
  },
  'team-writing.ts insertTeam': {
    writes: (tx, ids) =>
      insertTeam(tx, {
        id: newUuid(),
        connectionId: ids.connection,
        origin: 'synced',
        asked: askedTeam,
        inForceName: 'Sales',
        now,
      }),
  },
  'team-writing.ts updateTeam': {
    writes: (tx, { team: id, connection: connectionId }) =>
      updateTeam(tx, { id, connectionId, origin: 'linked', version: 9, asked: askedTeam, inForceName: 'Sales', now }),
  },
  'team-writing.ts touchTeam': { writes: (tx, ids) => touchTeam(tx, ids.team, now) },
  'team-writing.ts markTeamDeleted': { writes: (tx, ids) => markTeamDeleted(tx, ids.team, now, now) },
  'teams.ts findTeam': { reads: (db, ids, orgId) => findTeam(db, orgId, ids.team, derived) },
  'teams.ts findTeamByDisplayName': {
    reads: (db, ids, orgId) => findTeamByDisplayName(db, orgId, ids === foreign ? 'own team' : 'engineering', derived),
  },
  'teams.ts readTeam': {
    reads: (db, ids, orgId) =>
      // It reads what its own transaction has locked, and has no answer for a team that is not there.
      inOrganization(db, orgId, (tx) => readTeam(tx, ids.team, derived)).catch(() => undefined),
  },
  'teams.ts teamColumns': { apart: text },
  'teams.ts membersOfTeam': { apart: 'is a part of findTeam and listOneType' },
  'teams-seen.ts teamsSeenBy': { apart: text },
  'teams-seen.ts isSeen': { apart: 'is a condition of lists and lookups, which have their cases' },
  'teams-seen.ts isSeenIn': { apart: 'is a condition of lists, filters and lookups, which have their cases' },
  'teams-seen.ts namedBySeen': { apart: text },
  'time-ordered-id.ts firstIdAt': { apart: text },
  'token-writing.ts insertToken': {
    writes: (tx, ids) =>
      insertToken(tx, {
        id: newUuid(),
        digest: Buffer.from('digest'),
        connectionId: ids.connection,
        name: 'new',
        expiresAt: undefined,
        scopes: ['users:read'],
        addresses: [],
        roleCeiling: 'member',
        replaces: undefined,
        now,
      }),
  },
  'token-writing.ts lockToken': {
    reads: (db, ids, orgId) => inOrganization(db, orgId, (tx) => lockToken(tx, ids.token)),
  },
  'token-writing.ts findTokensNamed': {
    reads: (db, _ids, orgId) => inOrganization(db, orgId, (tx) => findTokensNamed(tx, 'okta', now)),
  },
  'token-writing.ts updateToken': {
    writes: (tx, ids) =>
      updateToken(tx, ids.token, { name: 'renamed', scopes: ['users:read'], addresses: [], expiresAt: undefined }),
  },
  'token-writing.ts lockExpiringTokens': {
    reads: (db, ids, orgId) =>
      foundAndUndone(db, orgId, async (tx) => {
        await tx.query({
          text: 'update scim_tokens set expires_at = $3 where org_id = $1 and id = $2',
          values: [orgId, ids.token, now],
        });
        return await lockExpiringTokens(tx, new Date(0), now);
      }),
  },
  'token-writing.ts updateAlertedDays': { writes: (tx, ids) => updateAlertedDays(tx, ids.token, 7) },
  'token-writing.ts holdRoleCeiling': {
    reads: (db, ids, orgId) => inOrganization(db, orgId, (tx) => holdRoleCeiling(tx, ids.token)),
  },
  'token-writing.ts markTokensRevoked': { writes: (tx) => markTokensRevoked(tx, now) },
  'token-writing.ts markTokenRevoked': { writes: (tx, ids) => markTokenRevoked(tx, ids.token, now) },
  'token-writing.ts updateTokenUses': {
    writes: (tx, ids) =>
      updateTokenUses(
        tx,
        [{ tokenId: ids.token, at: new Date('2040-01-01'), address: '192.0.2.9', client: 'test', good: 1 }],
        1,
      ),
  },
  'tokens.ts findTokenGrant': {
    reads: async (db, ids, orgId) => {
      const { rows } = await db.query('select digest from scim_tokens where id = $1 order by org_id limit 1', [
        ids.token,
      ]);
      return await findTokenGrant(db, orgId, rows[0].digest);
    },
  },
  'tokens.ts readConnectionGrant': { reads: (db, _ids, orgId) => readConnectionGrant(db, orgId) },
  'tokens.ts findToken': { reads: (db, ids, orgId) => findToken(db, { id: orgId }, ids.token) },
  'tokens.ts listTokens': { reads: (db, _ids, orgId) => listTokens(db, { id: orgId }) },
  'tokens.ts listTokensInForce': { reads: (db, _ids, orgId) => listTokensInForce(db, { id: orgId }, now) },
};

/** Reads that take no id of a row, and so have nothing to be asked with that is foreign. */
const takesNoId = (name: string) =>
  /selectEvents|listBatches|lockConnection|readLastSeq|listMembers|inOrganization|findOrganization|readConnection|readOrganizationFacts|readConnectionGrant|readFeedSpan|readSnapshot|lockOrganization|findAnswer|listConnections|readAdministering|insertRequests|listRequests|listOneType|listAllTypes|findDefinitions|readDefinitions|assertDefinitions|readResourcesOf|countResources|findUsedTypes|sortKey|listTeams|listTokens|listTokensInForce|findTokensNamed|listRoles|listLicenses|listTeamMappings|listLicenseGroups|listAccess|readSeats|readGoverned|holdGoverned|lockRole|readRolePermissions|lockTeamsGiving|readLicenseGroups|listUsers|listGroups|readGovernedIn|readOrganizationName|readAdministrator|listMails|listInvitations|listConfirmations|listDomains|findDomain|findSignInProvider|readSignInProvider|lockDomain|countDomains|listPendingLinks|listLocalThings|AddressList|readConnectionTraffic|readCalls|readCounted|countHeldBySuspension|findTeamOfEveryone|lockConnectionCalls|listEventsBeside/.test(
    name,
  );

test('every export of src/store/ has its case of two organizations, or says why it needs none (R8)', async () => {
  const exported: string[] = [];
  const folder = new URL('../../src/store/', import.meta.url);
  for (const file of (await readdir(folder)).filter((name) => name.endsWith('.ts'))) {
    const module: Record<string, unknown> = await import(new URL(file, folder).href);
    for (const [name, value] of Object.entries(module)) {
      if (typeof value === 'function') exported.push(`${file} ${name}`);
    }
  }
  assert.deepEqual(Object.keys(cases).sort(), exported.sort());
});

describe('the first wall alone, with row-level security switched off (R8)', () => {
  let rollcall: TestRollcall & { acme: Acme };
  let alone: Map<string, unknown>;
  let twin: Awaited<ReturnType<typeof rowsOf>>;

  const readings = Object.entries(cases).filter((entry): entry is [string, Reading] => 'reads' in entry[1]);
  const writings = Object.entries(cases).filter((entry): entry is [string, Writing] => 'writes' in entry[1]);

  before(async () => {
    rollcall = await startWithAcme();
    const { db, acme } = rollcall;
    await switchOffRowSecurity(db.owner);
    alone = new Map();
    for (const [name, { reads }] of readings) alone.set(name, await reads(db.app, acme.ids, acme.id));
    await addTwin(db.owner, acme.id, globex);
    await addOwnRows(db.owner, globex.id, acme.ids, foreign);
    twin = await rowsOf(db.owner, globex.id);
  });
  after(async () => await rollcall[Symbol.asyncDispose]());

  test('the application sees the rows of both, so that only its statements keep them apart', async () => {
    const { rows } = await rollcall.db.app.query('select count(distinct org_id)::int as organizations from members');
    assert.deepEqual(rows, [{ organizations: 2 }]);
    assert.ok(twin.members.every((row) => row.includes(marks.globex)));
    assert.ok(Object.values(twin).every((rows) => rows.length > 0));
  });

  for (const [name, { reads }] of readings) {
    test(`${name} answers as if the other organization did not exist`, async () => {
      const { db, acme } = rollcall;
      const answer = await reads(db.app, acme.ids, acme.id);
      assert.deepEqual(answer, alone.get(name));
      assert.ok(answer !== undefined && !(Array.isArray(answer) && answer.length === 0), 'the case finds something');
      assert.doesNotMatch(JSON.stringify(answer), new RegExp(`${marks.globex}|${globex.id}`));
      assert.deepEqual(await rowsOf(db.owner, globex.id), twin);
    });

    if (takesNoId(name)) continue;
    test(`${name} finds nothing by an id or name that only the other organization has`, async () => {
      const { db, acme } = rollcall;
      const nobody: Ids = { ...foreign };
      for (const key of Object.keys(nobody) as (keyof Ids)[]) if (key !== 'token') nobody[key] = newUuid();
      const found = JSON.stringify(await reads(db.app, foreign, acme.id)) ?? '';
      const missing = JSON.stringify(await reads(db.app, nobody, acme.id)) ?? '';
      const isByName = /ByUserName|findUserNameHolder|ByDisplayName|TeamsNamed/.test(name);
      assert.equal(found, isByName ? '' : missing);
      assert.doesNotMatch(found, new RegExp(`${marks.globex}|${globex.id}`));
    });
  }

  for (const [name, { writes }] of writings) {
    test(`${name} changes rows of its own organization and none of the other's`, async () => {
      const { db, acme } = rollcall;
      const before = await rowsOf(db.owner, acme.id);
      await undone(db.app, acme.id, async (tx) => {
        await writes(tx, acme.ids);
        assert.deepEqual(await rowsOf(tx as unknown as Database, globex.id), twin);
        const written = JSON.stringify(await rowsOf(tx as unknown as Database, acme.id));
        if (!name.includes('insertOrganization')) assert.notEqual(written, JSON.stringify(before));
      });
    });

    test(`${name} cannot be pointed at a row that only the other organization has`, async () => {
      const { db, acme } = rollcall;
      await undone(db.app, acme.id, async (tx) => {
        await writes(tx, foreign);
        assert.deepEqual(await rowsOf(tx as unknown as Database, globex.id), twin);
        const written = JSON.stringify(await rowsOf(tx as unknown as Database, acme.id));
        for (const id of Object.values(foreign)) assert.ok(!written.includes(`"${id}"`), `${id} was written`);
      });
    });
  }
});

const undoing = new Error('undo');

/** Runs work in a transaction that is rolled back. A foreign key that refuses another organization's id is a wall too. */
async function undone(db: Database, orgId: string, work: (tx: OrgTransaction) => Promise<void>): Promise<void> {
  await inOrganization(db, orgId, async (tx) => {
    await work(tx);
    throw undoing;
  }).catch((error) => {
    if (error !== undoing && !isForeignKeyRefusal(error)) throw error;
  });
}

const isForeignKeyRefusal = (error: unknown) => ['23503', '25P02'].includes((error as { code?: string }).code ?? '');

describe('the second wall alone, with statements that name no organization (R8)', () => {
  let rollcall: TestRollcall & { acme: Acme };
  before(async () => {
    rollcall = await startWithAcme();
    await addTwin(rollcall.db.owner, rollcall.acme.id, globex);
  });
  after(async () => await rollcall[Symbol.asyncDispose]());

  for (const table of tables.organization) {
    const column = organizationColumn(table);

    test(`a select over all ${table} finds those of the entered organization only`, async () => {
      const { db, acme } = rollcall;
      const rows = await queryOrganization<{ org: string }>(db.app, acme.id, {
        text: `select ${column} as org from ${table}`,
        values: [],
      });
      assert.deepEqual([...new Set(rows.map((row) => row.org))], [acme.id]);
    });

    test(`an update or delete of all ${table} meets no row of another organization`, async () => {
      const { db, acme } = rollcall;
      for (const statement of [`update ${table} set ${column} = ${column}`, `delete from ${table}`]) {
        const code = await codeOf(
          inOrganization(db.app, acme.id, async (tx) => {
            const met = await tx.query<{ org: string }>({
              text: `${statement} returning ${column} as org`,
              values: [],
            });
            assert.ok(met.rows.every((row) => row.org === acme.id));
            throw undoing;
          }),
        );
        assert.ok(code === undefined || code === '42501', code);
      }
    });

    test(`a row of ${table} can be neither made for another organization nor moved to it`, async () => {
      const { db, acme } = rollcall;
      const [row] = (await rowsOf(db.owner, globex.id))[table];
      const insert = {
        text: `insert into ${table} select (jsonb_populate_record(null::${table}, $1)).*`,
        values: [row],
      };
      const move = { text: `update ${table} set ${column} = $1`, values: [globex.id] };
      for (const statement of [insert, move]) {
        assert.equal(await codeOf(queryOrganization(db.app, acme.id, statement)), '42501');
      }
    });

    test(`forgetting to enter is an error and not an empty list of ${table}`, async () => {
      const { db } = rollcall;
      // A session that has entered before knows the setting, and holds nothing in it.
      const [fresh, used] = await Promise.all([db.app.connect(), db.app.connect()]);
      try {
        await used.query('begin');
        await used.query('select enter_organization($1)', [rollcall.acme.id]);
        await used.query('commit');
        for (const client of [fresh, used]) {
          assert.match((await codeOf(client.query(`select * from ${table}`))) ?? 'no error', /^(42704|22P02)$/);
        }
      } finally {
        fresh.release();
        used.release();
      }
    });
  }

  test('the organization entered ends with its transaction', async () => {
    const { db, acme } = rollcall;
    const client = await db.app.connect();
    try {
      for (const end of ['commit', 'rollback']) {
        await client.query('begin');
        await client.query('select enter_organization($1)', [acme.id]);
        await client.query(end);
        const { rows } = await client.query(`select current_setting('rollcall.org', true) as org`);
        assert.equal(rows[0].org ?? '', '');
      }
    } finally {
      client.release();
    }
  });
});

/** The SQLSTATE with which work fails; undefined if it does not. */
async function codeOf(work: Promise<unknown>): Promise<string | undefined> {
  return await work.then(
    () => undefined,
    (error) => (error === undoing ? undefined : (error.code ?? error.message)),
  );
}
