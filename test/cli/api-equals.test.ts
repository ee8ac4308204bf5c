import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import type { Command } from 'commander';
import { rollcallCommand } from '../../src/cli/program.ts';

const organization = '/api/v1/organizations/{organization}';

/** For each command the call of the management API that does the same. */
const equals: Record<string, string> = {
  'org create': 'post /api/v1/organizations',
  'org list': 'get /api/v1/organizations',
  'org change': `patch ${organization}`,
  'token create': `post ${organization}/tokens`,
  'token list': `get ${organization}/tokens`,
  'token rename': `patch ${organization}/tokens/{id}`,
  'token revoke': `delete ${organization}/tokens/{id}`,
  'token change': `patch ${organization}/tokens/{id}`,
  'token rotate': `post ${organization}/tokens/{id}/rotation`,
  'token cancel': `delete ${organization}/tokens/{id}/rotation`,
  'key create': `post ${organization}/api-keys`,
  'key list': `get ${organization}/api-keys`,
  'key rename': `patch ${organization}/api-keys/{id}`,
  'key revoke': `delete ${organization}/api-keys/{id}`,
  'connection state': `get ${organization}/connection`,
  'connection plan': `get ${organization}/connection/plan`,
  'connection list': `get ${organization}/connections`,
  'connection disconnect': `post ${organization}/connection/disconnect`,
  'connection forecast': `get ${organization}/connection/forecast`,
  'connection provider': `put ${organization}/connection/provider`,
  'sign-in show': `get ${organization}/sign-in-provider`,
  'sign-in set': `put ${organization}/sign-in-provider`,
  'sign-in remove': `delete ${organization}/sign-in-provider`,
  'connection on': `patch ${organization}/connection`,
  'connection off': `patch ${organization}/connection`,
  'connection observe': `patch ${organization}/connection`,
  'connection pause': `patch ${organization}/connection`,
  'connection resume': `patch ${organization}/connection`,
  'held list': `get ${organization}/held`,
  'held plan': `get ${organization}/held/{id}/plan`,
  'held release': `post ${organization}/held/{id}/release`,
  'held discard': `post ${organization}/held/{id}/discard`,
  'scim enable': `patch ${organization}/connection`,
  'scim disable': `patch ${organization}/connection`,
  'scim profile': `put ${organization}/scim-profile`,
  health: `get ${organization}/connection/health`,
  reconcile: `post ${organization}/connection/reconciliations`,
  'reconciliation list': `get ${organization}/connection/reconciliations`,
  'reconciliation show': `get ${organization}/connection/reconciliations/{id}`,
  doctor: `get ${organization}/connection/findings`,
  'address list': `get ${organization}/addresses`,
  'address set': `put ${organization}/addresses`,
  'address import': `post ${organization}/addresses/okta-ranges`,
  'role list': `get ${organization}/roles`,
  'role people': `get ${organization}/access`,
  'role save': `put ${organization}/roles/{key}`,
  'role remove': `delete ${organization}/roles/{key}`,
  'role give': `put ${organization}/access/{id}/role`,
  'role map': `patch ${organization}/team-mappings/{id}`,
  'role mappings': `get ${organization}/team-mappings`,
  'role ceiling': `patch ${organization}/tokens/{id}/role-ceiling`,
  'license list': `get ${organization}/licenses`,
  'license seats': `put ${organization}/licenses/{license}`,
  'license rules': `patch ${organization}/licenses`,
  'license give': `put ${organization}/access/{id}/license`,
  'license map': `patch ${organization}/team-mappings/{id}`,
  'license group': `put ${organization}/license-groups`,
  'license groups': `get ${organization}/license-groups`,
  'license simulate': `post ${organization}/licenses/simulation`,
  'policy show': `get ${organization}/policy`,
  'policy set': `put ${organization}/policy`,
  'policy preset': `put ${organization}/policy`,
  'policy plan': `post ${organization}/policy/plan`,
  'configuration export': `get ${organization}/configuration`,
  'configuration plan': `post ${organization}/configuration/plan`,
  'configuration apply': `put ${organization}/configuration`,
  'schema list': `get ${organization}/schemas`,
  'schema add': `post ${organization}/schemas`,
  'schema change': `put ${organization}/schemas/{urn}`,
  'schema remove': `delete ${organization}/schemas/{urn}`,
  'resource-type list': `get ${organization}/resource-types`,
  'resource-type add': `post ${organization}/resource-types`,
  'resource-type change': `put ${organization}/resource-types/{name}`,
  'resource-type remove': `delete ${organization}/resource-types/{name}`,
  members: `get ${organization}/members`,
  'member add': `post ${organization}/members`,
  'member edit': `patch ${organization}/members/{id}`,
  'member link': `post ${organization}/members/{id}/link`,
  'member break-glass': `put ${organization}/members/{id}/break-glass`,
  'member remove': `delete ${organization}/members/{id}`,
  'member restore': `post ${organization}/members/{id}/restore`,
  'member return': `post ${organization}/members/{id}/return`,
  'member suspend': `post ${organization}/members/{id}/suspend`,
  'member unlink': `post ${organization}/members/{id}/unlink`,
  'member unlock': `post ${organization}/members/{id}/unlock`,
  'domain add': `post ${organization}/domains`,
  'domain list': `get ${organization}/domains`,
  'domain check': `post ${organization}/domains/{domain}/check`,
  'domain remove': `delete ${organization}/domains/{domain}`,
  'member confirm-email': `post ${organization}/members/{id}/confirm-email`,
  outbox: `get ${organization}/outbox`,
  'invitation list': `get ${organization}/invitations`,
  'invitation accept': `post ${organization}/members/{id}/accept`,
  'invitation resend': `post ${organization}/members/{id}/invite`,
  'invitation withdraw': `delete ${organization}/invitations/{id}`,
  'confirmation list': `get ${organization}/email-confirmations`,
  'confirmation resend': `post ${organization}/members/{id}/resend-confirmation`,
  'confirmation drop': `delete ${organization}/email-confirmations/{id}`,
  teams: `get ${organization}/teams`,
  'team add': `post ${organization}/teams`,
  'team decisions': `get ${organization}/link-decisions`,
  'team decide': `post ${organization}/teams/{id}/link-decision`,
  'team link': `post ${organization}/teams/{id}/link`,
  'team put': `put ${organization}/teams/{id}/members/{member}`,
  'team remove': `delete ${organization}/teams/{id}`,
  'team restore': `post ${organization}/teams/{id}/restore`,
  'team rename': `patch ${organization}/teams/{id}`,
  'team take': `delete ${organization}/teams/{id}/members/{member}`,
  'team unlink': `post ${organization}/teams/{id}/unlink`,
  'team unlock': `post ${organization}/teams/{id}/unlock`,
  requests: `get ${organization}/requests`,
  events: `get ${organization}/events`,
  why: `get ${organization}/members/{id}/why`,
  history: `get ${organization}/members/{id}/history`,
  'as-of': `get ${organization}/as-of`,
  removed: `get ${organization}/removed`,
  'undo plan': `post ${organization}/undo/plan`,
  'undo apply': `post ${organization}/undo`,
  'audit list': `get ${organization}/audit`,
  'audit export': `get ${organization}/audit/export`,
};

/** Why a command can have no call: there is no server yet, or none that could be asked. */
const ofTheMachine: Record<string, string> = {
  serve: 'starts the server',
  migrate: 'runs before there is a server',
  'operator-key': 'reads the file that a caller of the API would have read already',
};

function leaves(command: Command, above: readonly string[] = []): string[] {
  return command.commands.flatMap((each) => {
    const names = [...above, each.name()];
    return each.commands.length > 0 ? leaves(each, names) : [names.join(' ')];
  });
}

test('every command has its call of the management API, or is one of the machine', async () => {
  const say = () => undefined;
  const commands = leaves(rollcallCommand({ env: {}, out: say, err: say, isTerminal: false }));
  assert.deepEqual(commands.sort(), [...Object.keys(equals), ...Object.keys(ofTheMachine)].sort());
});

test('every call that equals a command is in the description of the API', async () => {
  const text = await readFile(new URL('../../docs/reference/openapi.json', import.meta.url), 'utf8');
  const { paths } = JSON.parse(text) as { paths: Record<string, Record<string, unknown>> };
  const calls = Object.entries(paths).flatMap(([path, of]) => Object.keys(of).map((method) => `${method} ${path}`));
  assert.deepEqual(
    Object.values(equals).filter((call) => !calls.includes(call)),
    [],
  );
});
