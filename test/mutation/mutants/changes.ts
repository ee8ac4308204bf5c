import type { Mutant } from '../mutant.ts';

/** RFC 7644 §3.3 and §3.5 to §3.6: creating, replacing, patching and deleting. */
export const changeMutants: readonly Mutant[] = [
  {
    file: 'src/http/scim/user-routes.ts',
    find: "    reply.code(201).header('location', locationOf(how, created.stored.id));",
    replace: "    reply.code(200).header('location', locationOf(how, created.stored.id));",
    breaks: ['7644-3.3-created'],
  },
  {
    file: 'src/http/scim/user-routes.ts',
    find: "    reply.code(201).header('location', locationOf(how, created.stored.id));",
    replace: '    reply.code(201);',
    breaks: ['7644-3.3-location'],
  },
  {
    file: 'src/scim/validate.ts',
    find: "    resource.active = typeof before === 'boolean' ? before : true;",
    replace: "    resource.active = typeof before === 'boolean' ? before : false;",
    breaks: ['7644-3.3-defaults', '7644-3.4.2.2-defaulted'],
  },
  {
    file: 'src/scim/validate.ts',
    find: "    resource.active = typeof before === 'boolean' ? before : true;",
    replace: '    resource.active = true;',
    breaks: ['7644-3.5.1-active'],
  },
  {
    file: 'src/scim/errors.ts',
    find: "  uniqueness: [409, '3.3.1'",
    replace: "  uniqueness: [400, '3.3.1'",
    breaks: ['7644-3.3-conflict', '7643-7-uniqueness'],
  },
  {
    file: 'src/http/scim/user-routes.ts',
    find: "  app.put<ById>('/Users/:id'",
    replace: "  app.put<ById>('/Users/:id/replaced'",
    breaks: ['7644-3.5-put'],
  },
  {
    file: 'src/http/scim/user-routes.ts',
    find: "  app.patch<ById>('/Users/:id'",
    replace: "  app.patch<ById>('/Users/:id/patched'",
    breaks: ['7644-3.5-patch', '7644-3.5.2-optional'],
  },
  {
    file: 'src/provisioning/change-member.ts',
    find: '      if (member === undefined) throw notFound(noSuchUser(id));',
    replace: `      if (member === undefined) return { result: { stored: { id, version: 1, createdAt: request.now, updatedAt: request.now, scim: '{"userName":"x"}', derived: ['[]'] }, teams: [] }, events: [] };`,
    breaks: ['7644-3.5.1-no-create', '7644-3.2-no-create'],
  },
  {
    file: 'src/provisioning/change-member.ts',
    find: "    validateResource(request.types.user, body, {\n      operation: 'replace',\n      previous,\n      tolerances: request.record.tolerances,\n    }),",
    replace:
      "    ({ resource: { ...previous, ...validateResource(request.types.user, body, { operation: 'replace', previous, tolerances: request.record.tolerances }).resource } }),",
    breaks: ['7644-3.5.1-omitted'],
  },
  {
    file: 'src/provisioning/change-member.ts',
    find: "    validateResource(request.types.user, body, {\n      operation: 'replace',\n      previous,\n      tolerances: request.record.tolerances,\n    }),",
    replace:
      "    ({ resource: { ...validateResource(request.types.user, body, { operation: 'replace', previous, tolerances: request.record.tolerances }).resource, ...previous } }),",
    breaks: ['7644-3.5.1-replaced'],
  },
  {
    file: 'src/scim/patch.ts',
    find: '  if (!list.some((each) => typeof each ===',
    replace: '  if (list.length > 9 && !list.some((each) => typeof each ===',
    breaks: ['7644-3.5.2-schema', '7644-3.1-message-schemas'],
  },
  {
    file: 'src/scim/patch.ts',
    find: "  if (!Array.isArray(operations)) throw invalidSyntax('Operations must be a list of PATCH operations');",
    replace: '  if (!Array.isArray(operations)) return [];',
    breaks: ['7644-3.5.2-operations'],
  },
  {
    file: 'src/scim/patch.ts',
    find: "  if (typeof named !== 'string') throw invalidSyntax(`${place}.op must be add, remove or replace`);",
    replace: "  if (typeof named !== 'string') return { op: 'add', path: undefined, value: {} };",
    breaks: ['7644-3.5.2-operations'],
  },
  {
    file: 'src/scim/patch.ts',
    find: "  if (op !== 'add' && op !== 'remove' && op !== 'replace') {",
    replace:
      "  if (op === 'move') return { op: 'add', path: undefined, value: {} };\n  if (op !== 'add' && op !== 'remove' && op !== 'replace') {",
    breaks: ['7644-3.5.2-ops'],
  },
  {
    file: 'src/scim/patch.ts',
    find: "  if (op !== 'remove' && value === undefined) throw invalidValue(`${place} must have a value to ${op}`);",
    replace: '',
    breaks: ['7644-3.5.2.1-value'],
  },
  {
    file: 'src/scim/patch.ts',
    find: "  if (op === 'remove' && !hasPath) throw noTarget(`${place} removes, and names no path to remove`);",
    replace: "  if (op === 'remove' && !hasPath) throw invalidSyntax(`${place} removes, and names no path to remove`);",
    breaks: ['7644-3.5.2.2-path', '7644-3.5.2-path'],
  },
  {
    file: 'src/scim/patch.ts',
    find: '  for (const operation of operations) applyOperation(patching, operation);',
    replace: '  for (const operation of [...operations].reverse()) applyOperation(patching, operation);',
    breaks: ['7644-3.5.2-sequence'],
  },
  {
    file: 'src/scim/patch.ts',
    find: '  for (const operation of operations) applyOperation(patching, operation);',
    replace:
      '  for (const operation of operations) {\n    try {\n      applyOperation(patching, operation);\n    } catch (error) {\n      if (operations.length === 1) throw error;\n    }\n  }',
    breaks: ['7644-3.5.2-atomic'],
  },
  {
    file: 'src/http/scim/user-routes.ts',
    find: 'return isBodyWanted ? answerWritten(reply, how, changed) : reply.code(204).send();',
    replace: "return changed === undefined ? answerWritten(reply, how, changed) : reply.code(200).send('{}');",
    breaks: ['7644-3.5.2-answer'],
  },
  {
    file: 'src/http/scim/group-routes.ts',
    find: '    const isBodyWanted = queryOf(request).attributes !== undefined;',
    replace: '    const isBodyWanted = false;',
    breaks: ['7644-3.5.2-attributes'],
  },
  {
    file: 'src/scim/patch-value.ts',
    find: "  if (isList && op === 'add') return addToList(",
    replace: "  if (isList && op === 'remove') return addToList(",
    breaks: ['7644-3.5.2.1-targets'],
  },
  {
    file: 'src/scim/patch-value.ts',
    find: ': { ...before, ...named };',
    replace: ': { ...named };',
    breaks: ['7644-3.5.2.3-complex'],
  },
  {
    file: 'src/provisioning/change-member.ts',
    find: '  if (Object.keys(attributes).length === 0 && !differs) return unchanged(request, member);',
    replace: '',
    breaks: ['7644-3.5.2.1-no-change'],
  },
  {
    file: 'src/scim/patch-value.ts',
    find: '    if (value === undefined || !(isList || isObject(held))) return undefined;',
    replace: '    if (value === undefined || !(isList || isObject(held))) return held;',
    breaks: ['7644-3.5.2.2-single', '7644-3.5.2.2-all'],
  },
  {
    file: 'src/scim/patch-target.ts',
    find: '      return list.filter((each) => !named.has(each));\n    }\n    const removed',
    replace: '      return [];\n    }\n    const removed',
    breaks: ['7644-3.5.2.2-matching'],
  },
  {
    file: 'src/scim/patch-target.ts',
    find: '    return settled(attribute, setOn(list, selected, sub, removed), list, patching);',
    replace: '    return [...list];',
    breaks: ['7644-3.5.2.2-sub-attributes'],
  },
  {
    file: 'src/scim/patch.ts',
    find: '  if (attribute.required && !Object.hasOwn(holder, attribute.name)) {',
    replace: '  if (attribute.required && holder === undefined) {',
    breaks: ['7644-3.5.2.2-required'],
  },
  {
    file: 'src/provisioning/write-team.ts',
    find: '  if (team === undefined) throw notFound(noSuchGroup(id));\n',
    replace:
      "  if (all.leavers.length + all.joiners.length === 0) throw notFound('nobody moves');\n  if (team === undefined) throw notFound(noSuchGroup(id));\n",
    breaks: ['7644-3.5.2.2-non-member'],
  },
  {
    file: 'src/scim/patch.ts',
    find: '  if (!isObject(operation.value)) {\n    throw invalidValue(`A PATCH operation without path needs',
    replace: '  if (isObject(operation.value)) {\n    throw invalidValue(`A PATCH operation without path needs',
    breaks: ['7644-3.5.2.3-no-path'],
  },
  {
    file: 'src/scim/patch-value.ts',
    find: '  return canonicalValue(attribute, value, place, tolerances);',
    replace: '  return held === undefined ? undefined : canonicalValue(attribute, value, place, tolerances);',
    breaks: ['7644-3.5.2.3-missing'],
  },
  {
    file: 'src/scim/patch-target.ts',
    find: '    return settled(attribute, setOn(list, selected, sub, changed), list, patching);\n  }\n  if (value',
    replace:
      '    return settled(attribute, setOn(list, new Set([...selected].slice(0, 1)), sub, changed), list, patching);\n  }\n  if (value',
    breaks: ['7644-3.5.2.3-all-matching'],
  },
  {
    file: 'src/scim/patch-target.ts',
    find: "  if (terms === undefined || Object.hasOwn(terms, 'value') || !creatable) {",
    replace: '  if (terms === undefined) {',
    breaks: ['7644-3.5.2.3-no-target'],
  },
  {
    file: 'src/provisioning/write-team.ts',
    find: '  if (missing !== undefined) throw selectsNobody(missing);',
    replace: '',
    breaks: ['7644-3.5.2.3-no-target'],
  },
  {
    file: 'src/scim/patch-target.ts',
    find: "  const creatable = sub === undefined ? op === 'add' && isObject(value) : true;",
    replace: '  const creatable = false;',
    breaks: ['7644-3.5.2.3-created'],
  },
  {
    file: 'src/http/scim/user-routes.ts',
    find: '    return reply.code(204).send();\n  });\n\n  const provisioning',
    replace: "    return reply.code(200).send('{}');\n  });\n\n  const provisioning",
    breaks: ['7644-3.6-deleted'],
  },
  {
    file: 'src/store/members.ts',
    find: ' and ${condition} and m.deleted_at is null`,',
    replace: ' and ${condition}`,',
    breaks: ['7644-3.6-gone', '7644-3.6-queries'],
  },
  {
    file: 'migrations/0002_members_and_teams.sql',
    find: 'create unique index members_user_name on members (org_id, user_name_key) where deleted_at is null;',
    replace: 'create unique index members_user_name on members (org_id, user_name_key);',
    breaks: ['7644-3.6-no-conflict'],
  },
];
