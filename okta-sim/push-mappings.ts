import { type Engine, enqueue, groupSubject, log, options } from './engine.ts';
import { ProvisioningFailure } from './failure.ts';
import { newId, type OktaGroup, type PushMapping, type PushRule } from './state.ts';

/** Starts pushing a group, by name. Without `immediately` its members follow with their next change. */
export function pushGroupByName(engine: Engine, groupId: string, immediately = true): PushMapping {
  if (!options(engine).supportedActions.pushGroups)
    throw new ProvisioningFailure('Push Groups is not enabled for this app');
  const known = engine.state.app.mappings[groupId];
  if (known) return known;
  const mapping: PushMapping = {
    groupId,
    status: 'ACTIVE',
    origin: 'created',
    pushedMembers: {},
    additive: false,
    immediately,
  };
  engine.state.app.mappings[groupId] = mapping;
  log(engine, 'application.provision.group_push.mapping.created', nameOf(engine, groupId));
  enqueue(engine, 'push', groupSubject(groupId));
  return mapping;
}

/** Links a group with one of the app whose id an import told; nothing is looked up then (okta-wire.md §11.4). */
export function linkGroup(engine: Engine, groupId: string, externalId: string): PushMapping {
  const mapping = pushGroupByName(engine, groupId);
  const imported = engine.state.app.importedGroups.find((group) => group.externalId === externalId);
  Object.assign(mapping, { externalId, origin: 'linked', additive: true, pushedName: imported?.displayName ?? '' });
  return mapping;
}

/** Starts pushing every group whose name fits, now and when it comes into being. */
export function pushGroupsByRule(engine: Engine, match: PushRule['match'], text: string): void {
  engine.state.app.pushRules.push({ id: newId(engine.state, '0gr'), match, text });
  for (const group of Object.values(engine.state.groups)) applyPushRules(engine, group);
}

/** Pushes a group from now on if a rule fits its name, unless it is pushed already. */
export function applyPushRules(engine: Engine, group: OktaGroup): void {
  if (engine.state.app.mappings[group.id]) return;
  const fits = ({ match, text }: PushRule): boolean => {
    if (match === 'startsWith') return group.name.startsWith(text);
    return match === 'endsWith' ? group.name.endsWith(text) : group.name.includes(text);
  };
  if (engine.state.app.pushRules.some(fits)) pushGroupByName(engine, group.id);
}

/** Push Now: everything, over whatever the app changed (§11.3). It also brings a mapping out of its error. */
export function pushNow(engine: Engine, groupId: string): void {
  loadMapping(engine, groupId);
  enqueue(engine, 'push', groupSubject(groupId), { full: true });
}

/** Pausing sends nothing; going on pushes the members as they are by then (§11.5). */
export function activateMapping(engine: Engine, groupId: string, active: boolean): void {
  const mapping = loadMapping(engine, groupId);
  mapping.status = active ? 'ACTIVE' : 'INACTIVE';
  log(
    engine,
    `application.provision.group_push.${active ? 'activate' : 'deactivate'}_mapping`,
    nameOf(engine, groupId),
  );
  if (active) enqueue(engine, 'push', groupSubject(groupId));
}

/** Ends the push: the app's group is deleted, or left and never touched again (§11.6). */
export function unlinkGroup(engine: Engine, groupId: string, deleteInApp: boolean): void {
  const { app } = engine.state;
  const { externalId } = loadMapping(engine, groupId);
  delete app.mappings[groupId];
  engine.state.jobs = engine.state.jobs.filter(
    (job) => job.subject !== groupSubject(groupId) || job.kind !== 'push' || engine.running.has(job.id),
  );
  log(engine, 'application.provision.group_push.removed', nameOf(engine, groupId));
  if (externalId === undefined) return;
  if (deleteInApp) enqueue(engine, 'deleteGroup', groupSubject(groupId), { externalId });
  else app.otherGroups.push(externalId);
}

function loadMapping(engine: Engine, groupId: string): PushMapping {
  const mapping = engine.state.app.mappings[groupId];
  if (!mapping) throw new Error(`the group ${groupId} is not pushed`);
  return mapping;
}

function nameOf(engine: Engine, groupId: string): string {
  return engine.state.groups[groupId]?.name ?? groupId;
}
