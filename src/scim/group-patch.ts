/**
 * PATCH of a group without its member list. A group may have 100,000 members, so the operations are read into steps over ids, and
 * the steps are folded into one delta that the store applies by key: the cost is that of the change, not of the group.
 */

import { equalIgnoringCase } from './ascii.ts';
import { shown } from './attribute-name.ts';
import { type AttributePath, parseAttributePath, printAttributePath } from './attribute-path.ts';
import { isObject, isUnassigned } from './attribute-value.ts';
import { invalidPath, invalidValue, mutability, noTarget } from './errors.ts';
import type { Filter } from './filter.ts';
import { matcherOf } from './filter-match.ts';
import { areBlank, memberIds, saysNothing } from './member-ids.ts';
import type { PatchOperation } from './patch.ts';
import { selectsOthers } from './patch-target.ts';
import { costOfLooking, costOfPath, type PatchWork, patchWork, spend, textOf } from './patch-work.ts';
import type { Tolerance, Tolerances } from './quirks.ts';
import type { Attribute, Resource, ResourceType } from './schema.ts';

export type MembershipStep =
  | { op: 'add'; ids: string[] }
  | { op: 'remove'; ids: string[] }
  /** `isBlank` if the list has elements, and each is empty. */
  | { op: 'replace'; ids: string[]; isBlank?: true }
  /** Changes nobody: one of these must be a member, or what comes next has no target. */
  | { op: 'target'; ids: string[]; path: string }
  /**
   * Removes the members that match a filter over sub-attributes of `members`; only a look at the list can tell which. Only those
   * that are `among` some, if these are given.
   */
  | { op: 'removeWhere'; filter: Filter; among?: readonly string[] };

export type MembershipDelta = {
  /** What the delta starts from: the members there are, or nobody. */
  base: 'current' | 'empty';
  add: string[];
  /** Empty when the base is. */
  remove: string[];
  /** Of each of these lists somebody must be among the members there are; `path` is what named them. */
  targets?: { ids: string[]; path: string }[];
  /** Whether the base is empty, and nobody is added, since the list to replace the members had only empty elements. */
  isBlank?: true;
};

export type GroupPatch = {
  /** Operations on everything but the members, for applyPatch. */
  attributes: PatchOperation[];
  /** In the order they came. */
  members: MembershipStep[];
  /** What is left for carrying it out. */
  work: PatchWork;
  tolerances: Tolerance[];
};

/** Splits the operations of a PATCH on a group. Throws as applyPatch would for a path, a value or an amount that cannot be read. */
export function readGroupPatch(
  type: ResourceType,
  operations: readonly PatchOperation[],
  tolerances: Tolerances = new Set(),
): GroupPatch {
  const attributes: PatchOperation[] = [];
  const members: MembershipStep[] = [];
  const work = patchWork();
  for (const operation of operations) {
    if (operation.path === undefined) {
      const rest = takeMembers(type, operation, { members, work }, tolerances);
      if (rest !== undefined) attributes.push(rest);
      continue;
    }
    spend(work, costOfPath(operation.path));
    const path = parseAttributePath(operation.path, type, { valueIsObject: isObject(operation.value), tolerances });
    if (path.attribute === undefined && path.extension === undefined && isObject(operation.value)) {
      // The URN of the core schema as a path: the same as no path.
      const rest = takeMembers(type, { ...operation, path: undefined }, { members, work }, tolerances);
      if (rest !== undefined) attributes.push(rest);
    } else if (isMembers(path)) {
      members.push(...readSteps(path, operation, tolerances));
    } else {
      attributes.push(operation);
    }
  }
  return { attributes, members, work, tolerances: [...tolerances] };
}

/**
 * One delta with the meaning of the steps in their order: of two steps about one member, the later wins. Undefined if a step
 * selects members by more than their id, so that only the list can tell.
 *
 * @throws ScimError noTarget for a target that is none whoever is a member, payloadTooLarge beyond the work that is left
 */
export function foldMembership(
  steps: readonly MembershipStep[],
  work: PatchWork = patchWork(),
): MembershipDelta | undefined {
  let base: MembershipDelta['base'] = 'current';
  const add = new Set<string>();
  const remove = new Set<string>();
  const targets: { ids: string[]; path: string }[] = [];
  let isBlank = false;
  for (const step of steps) {
    switch (step.op) {
      case 'add':
        for (const id of step.ids) {
          remove.delete(id);
          add.add(id);
        }
        break;
      case 'remove':
        for (const id of step.ids) {
          add.delete(id);
          if (base === 'current') remove.add(id);
        }
        break;
      case 'replace':
        base = 'empty';
        isBlank = step.isBlank === true;
        add.clear();
        remove.clear();
        for (const id of step.ids) add.add(id);
        break;
      case 'target': {
        if (step.ids.some((id) => add.has(id))) break;
        const ids = base === 'empty' ? [] : step.ids.filter((id) => !remove.has(id));
        if (ids.length === 0) throw selectsNobody(step.path);
        targets.push({ ids, path: step.path });
        break;
      }
      case 'removeWhere': {
        if (base === 'current' || !looksOnlyAtValue(step.filter)) return undefined;
        spend(work, costOfLooking(step.filter, { count: add.size, text: textOf([...add]) }));
        const matches = matcherOf(step.filter);
        const among = step.among === undefined ? undefined : new Set(step.among);
        for (const id of add) if (among?.has(id) !== false && matches({ value: id })) add.delete(id);
        break;
      }
    }
  }
  return {
    base,
    add: [...add],
    remove: [...remove],
    ...(targets.length > 0 && { targets }),
    ...(isBlank && add.size === 0 && { isBlank }),
  };
}

/** RFC 7644 §3.5.2.3. */
export const selectsNobody = (path: string) =>
  noTarget(`${shown(path)} selects nobody: there is no such member. Add the member to members`);

/** Takes `members` out of a value without path and returns the operation with what is left of it, if anything is. */
function takeMembers(
  type: ResourceType,
  operation: PatchOperation,
  read: Pick<GroupPatch, 'members' | 'work'>,
  tolerances: Tolerances,
  named: Set<string> = new Set(),
): PatchOperation | undefined {
  if (!isObject(operation.value)) return operation;
  const rest: Resource = {};
  const twice = (name: string, key: string) =>
    invalidValue(`The value names ${shown(name)} more than once, also as ${shown(key)}`);
  const put = (key: string, value: unknown) => {
    if (Object.hasOwn(rest, key)) throw twice(key, `an attribute of ${type.schema.id}`);
    Object.defineProperty(rest, key, { value, enumerable: true, configurable: true, writable: true });
  };
  for (const [key, value] of Object.entries(operation.value)) {
    if (equalIgnoringCase(key, type.schema.id) && isObject(value)) {
      const inner = takeMembers(type, { ...operation, value }, read, tolerances, named);
      for (const [name, each] of Object.entries((inner?.value as Resource | undefined) ?? {})) put(name, each);
      continue;
    }
    spend(read.work, costOfPath(key));
    const path = namesMembers(key, type) ? parseAttributePath(key, type, { tolerances }) : undefined;
    if (path === undefined) {
      put(key, value);
      continue;
    }
    const printed = printAttributePath(path);
    if (named.has(printed)) throw twice(printed, key);
    named.add(printed);
    if (value !== null) {
      // A null beside other attributes comes from serializers and says nothing; a list, also an empty one, does.
      read.members.push(...readSteps(path, { ...operation, path: key, value }, tolerances));
    } else {
      tolerances.add('empty-as-unset');
    }
  }
  const wasEmpty = Object.keys(operation.value).length === 0;
  return Object.keys(rest).length > 0 || wasEmpty ? { ...operation, value: rest } : undefined;
}

function namesMembers(key: string, type: ResourceType): boolean {
  const prefix = `${type.schema.id}:`;
  const plain = equalIgnoringCase(key.slice(0, prefix.length), prefix) ? key.slice(prefix.length) : key;
  if (!equalIgnoringCase(plain.slice(0, 'members'.length), 'members')) return false;
  const next = plain['members'.length];
  return next === undefined || next === '[' || next === '.';
}

function isMembers(path: AttributePath): boolean {
  return path.extension === undefined && path.attribute?.name === 'members' && path.attribute.opaque !== true;
}

function readSteps(path: AttributePath, operation: PatchOperation, tolerances: Tolerances): MembershipStep[] {
  const { op, value } = operation;
  if (path.subAttribute !== undefined) return readDetailStep(path, path.subAttribute, operation, tolerances);
  if (path.filter !== undefined) return readSelectedSteps(path, path.filter, operation, tolerances);
  const expected = op === 'replace' ? 'list' : 'list or one';
  if (op !== 'remove') {
    if (saysNothing(value)) {
      tolerances.add('empty-as-unset');
      return [];
    }
    const ids = memberIds(value, 'members', tolerances, expected);
    return op === 'replace' && areBlank(value, ids) ? [{ op, ids, isBlank: true }] : [{ op, ids }];
  }
  // RFC 7644 §3.5.2.2: a remove without filter removes all. With a value, it removes what that names and no others (E62, J4, A6).
  if (value === undefined) return [{ op: 'replace', ids: [] }];
  tolerances.add('remove-by-value');
  return [{ op: 'remove', ids: memberIds(value, 'members', tolerances, expected) }];
}

/** `members[value eq "x"]`: for a remove the members it names, for a replace what the value puts in their place. */
function readSelectedSteps(
  path: AttributePath,
  filter: Filter,
  operation: PatchOperation,
  tolerances: Tolerances,
): MembershipStep[] {
  const ids = [...new Set(idsOf(filter))];
  const named = ids.length > 0;
  if (operation.op === 'remove') {
    const among = isUnassigned(operation.value)
      ? undefined
      : memberIds(operation.value, 'members', tolerances, 'list or one');
    if (among !== undefined) tolerances.add('remove-by-value');
    if (!named) return [{ op: 'removeWhere', filter, ...(among && { among }) }];
    if (among === undefined) return [{ op: 'remove', ids }];
    const both = new Set(among);
    const removed = ids.filter((id) => both.has(id));
    if (removed.length === 0) throw selectsOthers(operation.path ?? '');
    return [{ op: 'remove', ids: removed }];
  }
  if (!named) throw noTarget('Members are added and replaced by their value, not by a filter over other things');
  const given = isUnassigned(operation.value) ? [] : memberIds(operation.value, 'members', tolerances, 'list or one');
  const target = { op: 'target' as const, ids, path: operation.path ?? '' };
  if (operation.op === 'replace') return [target, { op: 'remove', ids }, { op: 'add', ids: given }];
  // An add gives to the members that are there, and who a member is cannot be given.
  if (ids.length > 1 ? given.length > 0 : given.some((id) => id !== ids[0])) throw neverChanges(path);
  return [target];
}

/**
 * What stands beside a member's id is ours to say: type, display and $ref come from the person. The id is the member, and
 * never changes (RFC 7643 §8.7.1); to replace or remove a member is something else.
 */
function readDetailStep(
  path: AttributePath,
  sub: Attribute,
  operation: PatchOperation,
  tolerances: Tolerances,
): MembershipStep[] {
  if (sub.name === 'value' || (operation.op === 'remove' && sub.opaque !== true)) throw neverChanges(path);
  const refusal = () =>
    sub.opaque === true ? invalidPath(`${shown(sub.name)} is not a sub-attribute of members`) : neverChanges(path);
  const { value } = operation;
  const isSame = sub.name === 'type' && typeof value === 'string' && equalIgnoringCase(value, 'User');
  if (!isSame) tolerances.add('member-detail-path', refusal);
  return [];
}

const neverChanges = (path: AttributePath) =>
  mutability(
    `${printAttributePath(path)} never changes. Remove the member by its value, or replace members[value eq "…"] as a whole`,
  );

/** The ids that a filter names when it is `value eq "x"`, or several of them joined by `or`. */
function idsOf(filter: Filter): string[] | undefined {
  if (filter.kind === 'compare') {
    const byValue = filter.target.attribute.name === 'value' && filter.operator === 'eq';
    return byValue && typeof filter.value === 'string' ? [filter.value] : undefined;
  }
  if (filter.kind !== 'or') return undefined;
  const lists = filter.filters.map(idsOf);
  return lists.every((each) => each !== undefined) ? lists.flat() : undefined;
}

function looksOnlyAtValue(filter: Filter): boolean {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return filter.filters.every(looksOnlyAtValue);
    case 'not':
      return looksOnlyAtValue(filter.filter);
    case 'valuePath':
      return false;
    default:
      return filter.target.attribute.name === 'value';
  }
}
