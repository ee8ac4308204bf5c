import { v7 as newUuid } from 'uuid';
import { defineResourceType, defineSchema } from '../../src/provisioning/change-definitions.ts';
import { createApiKey } from '../../src/provisioning/create-api-key.ts';
import { createToken } from '../../src/provisioning/create-token.ts';
import type { Database } from '../../src/store/database.ts';
import { insertAnswer } from '../../src/store/idempotent-answers.ts';
import { type OrganizationTable, organizationColumn, tables } from '../../src/store/tables.ts';
import { scimClient, startRollcall, type TestOrganization, type TestRollcall } from '../rollcall.ts';

/** A word in every name of one organization's rows, by which an answer shows where it comes from. */
export const marks = { acme: 'ofacme', globex: 'ofglobex' };

/** Ids of rows: those that both organizations have, or that only one has. */
export type Ids = {
  member: string;
  suspended: string;
  team: string;
  token: string;
  connection: string;
  request: string;
  apiKey: string;
  resource: string;
  mail: string;
  hold: string;
  reconciliation: string;
};

export type Acme = TestOrganization & { ids: Ids };

/** An organization with a person of each status, a team of both, a token that was used and a log. */
export async function startWithAcme(): Promise<TestRollcall & { acme: Acme }> {
  const rollcall = await startRollcall();
  const acme = await rollcall.organization({ slug: 'acme' });
  const member = await acme.scim('POST', '/Users', person('ada', true));
  const invited = await acme.scim('POST', '/Users', person('eli', true));
  const suspended = await acme.scim('POST', '/Users', person('ben', false));
  const team = await acme.scim('POST', '/Groups', {
    displayName: 'Engineering',
    externalId: 'team-1',
    members: [{ value: member.body.id }, { value: suspended.body.id }],
  });
  const at = { now: new Date('2030-01-10T12:00:00Z') };
  await defineSchema(rollcall.db.app, acme, { document: deviceSchema, extends: [] }, 'new', at);
  await defineResourceType(rollcall.db.app, acme, deviceType, 'new', at);
  const device = await (await freshClient(rollcall, acme))('POST', '/Devices', {
    label: `label ${marks.acme}`,
    externalId: 'device-1',
  });
  const apiKey = await createApiKey(
    rollcall.db.app,
    acme,
    { name: `key ${marks.acme}`, scopes: ['members:read'], memberId: member.body.id as string },
    {
      ...at,
      remember: (tx) =>
        insertAnswer(
          tx,
          answerKey,
          { requestDigest: Buffer.from('request'), answer: Buffer.from(marks.acme) },
          {
            ...at,
            since: new Date(0),
          },
        ),
    },
  );
  await rollcall.db.owner.query({
    text: `insert into roles (org_id, key, name, permissions, needs, created_at, updated_at) values ($1, 'auditor', $2, '{events:read}', 'viewer', $3, $3)`,
    values: [acme.id, `Auditor ${marks.acme}`, at.now],
  });
  await rollcall.db.owner.query({
    text: `insert into license_groups (org_id, group_name, license, created_at) values ($1, $2, 'developer', $3)`,
    values: [acme.id, marks.acme, at.now],
  });
  const mail = '0190a0b0-0000-7000-8000-0000000000d1';
  const texts: [string, unknown[]][] = [
    [
      `insert into mails (org_id, id, kind, member_id, recipient, facts, state, created_at, due_at, subject, sealed)
        values ($1, $2, 'invitation', $3, $4, '{}', 'waiting', $5, $5, $6, 'sealed')`,
      [acme.id, mail, suspended.body.id, 'ben@twin.example', at.now, `subject ${marks.acme}`],
    ],
    [
      `insert into mail_links (org_id, member_id, purpose, digest, address, expires_at) values ($1, $2, 'invitation', $3, $4, $5)`,
      [acme.id, suspended.body.id, Buffer.from('link'), 'ben@twin.example', at.now],
    ],
    [`update members set status = 'invited' where org_id = $1 and id = $2`, [acme.id, invited.body.id]],
    [
      `update members set waiting_address = $3, waiting_until = $4 where org_id = $1 and id = $2`,
      [acme.id, member.body.id, `new ${marks.acme}`, at.now],
    ],
    [`update members set role = 'owner' where org_id = $1 and id = $2`, [acme.id, member.body.id]],
    [
      `insert into domains (org_id, name, state, token, created_at) values ($1, $2, 'pending', $3, $4)`,
      [acme.id, 'twin.example', `token ${marks.acme}`, at.now],
    ],
    [
      `insert into sign_in_providers (org_id, provider, issuer, declared_at) values ($1, 'okta', $2, $3)`,
      [acme.id, `urn:${marks.acme}`, at.now],
    ],
    [
      `insert into admin_alerts (org_id, id, kind, says, at) values ($1, $2, 'test', $3, $4)`,
      [acme.id, mail, `alert ${marks.acme}`, at.now],
    ],
  ];
  for (const [text, values] of texts) await rollcall.db.owner.query({ text, values });
  await rollcall.db.owner.query({
    text: 'update teams set link_asked_at = $2, link_asked_by = id where org_id = $1',
    values: [acme.id, at.now],
  });
  await rollcall.db.owner.query({
    text: `with next as (update event_counters set last_seq = last_seq + 1 where org_id = $1 returning last_seq)
      insert into events (org_id, seq, at, kind, team_id, data, actor)
        select $1, last_seq, $2, 'team.mapped', $3, $4, '{"type":"operator"}' from next`,
    values: [
      acme.id,
      at.now,
      team.body.id,
      JSON.stringify({
        team: { id: team.body.id, displayName: marks.acme },
        before: { role: 'member', license: null },
        after: { role: null, license: null },
      }),
    ],
  });
  const hold = newUuid();
  await holdSome(rollcall.db.owner, acme, { hold, member: suspended.body.id as string, team: team.body.id as string });
  await rollcall.db.owner.query({
    text: `insert into address_lists (org_id, applies_to, rules, version, updated_at)
      values ($1, 'scim', jsonb_build_array(jsonb_build_object('range', '127.0.0.0/8', 'effect', 'allow', 'note', $2::text)), 1, $3)`,
    values: [acme.id, marks.acme, at.now],
  });
  const reconciliation = newUuid();
  await rollcall.db.owner.query({
    text: `insert into reconciliations (org_id, id, at, actor, repairs, progress, seen_at, ended_at, report, is_told)
      values ($1, $4, $3, '{"type":"operator"}', false, '{}', $3, $3, jsonb_build_object('mark', $2::text), true)`,
    values: [acme.id, marks.acme, at.now, reconciliation],
  });
  await rollcall.db.owner.query({
    text: `insert into traffic_counts (org_id, kind, bucket, name, count, last_at, last_request)
      values ($1, 'sign', $3, $2, 1, $3, $4)`,
    values: [acme.id, `mark ${marks.acme}`, new Date(0), member.headers.get('rollcall-request')],
  });
  const ids = {
    member: member.body.id as string,
    suspended: suspended.body.id as string,
    team: team.body.id as string,
    token: acme.tokenId,
    connection: acme.connectionId,
    request: member.headers.get('rollcall-request') as string,
    apiKey: apiKey.id,
    resource: device.body.id as string,
    mail,
    hold,
    reconciliation,
  };
  return Object.assign(rollcall, { acme: { ...acme, ids } });
}

/** A batch that holds a person, a team and a membership. */
async function holdSome(
  owner: Database,
  { id, connectionId }: TestOrganization,
  { hold, member, team }: { hold: string; member: string; team: string },
): Promise<void> {
  await owner.query(
    `insert into held_batches (org_id, id, connection_id, state, opened_at, ended_by)
      values ($1, $2, $3, 'settling', '2030-01-10T12:00:00Z', $4)`,
    [id, hold, connectionId, JSON.stringify({ type: 'key', id: hold, name: marks.acme })],
  );
  const held = 'held_by = $2, held_source = $3 where org_id = $1 and';
  const values = [id, hold, JSON.stringify({ request: marks.acme })];
  await owner.query(`update members set ${held} id = $4`, [...values, member]);
  await owner.query(`update teams set ${held} id = $4`, [...values, team]);
  await owner.query(`update team_members set ${held} member_id = $4`, [...values, member]);
}

/** What both organizations defined for themselves. */
export const deviceSchema = {
  id: 'urn:example:scim:schemas:1.0:Device',
  description: marks.acme,
  attributes: [{ name: 'label', required: true, uniqueness: 'server' }],
};
export const deviceType = { name: 'Device', endpoint: '/Devices', description: marks.acme, schema: deviceSchema.id };

/** A token that nobody has used yet, so that no process remembers what was defined before. */
async function freshClient(rollcall: TestRollcall, acme: TestOrganization): Promise<TestOrganization['scim']> {
  const { token } = await createToken(rollcall.db.app, acme, { name: `devices ${marks.acme}` }, { now: new Date() });
  return scimClient(acme.scimBaseUrl, token);
}

/** Of an answer that both organizations have stored. */
export const answerKey = { caller: 'operator', keyDigest: Buffer.from('key') };

const person = (name: string, active: boolean) => ({
  userName: `${name}@twin.example`,
  externalId: `00u-${name}`,
  displayName: `${name} ${marks.acme}`,
  title: `title ${marks.acme}`,
  emails: [{ value: `${name}@twin.example`, type: 'work', primary: true }, { value: `${name}@home.example` }],
  active,
});

/** All rows of an organization, table by table, as texts in a fixed order. */
export async function rowsOf(db: Pick<Database, 'query'>, orgId: string): Promise<Record<OrganizationTable, string[]>> {
  const found: Record<string, string[]> = {};
  for (const table of tables.organization) {
    const { rows } = await db.query<{ row: string }>({
      text: `select to_jsonb(t)::text as row from ${table} t where t.${organizationColumn(table)} = $1 order by 1`,
      values: [orgId],
    });
    found[table] = rows.map((each) => each.row);
  }
  return found as Record<OrganizationTable, string[]>;
}

/**
 * Copies every row of an organization to another one, with the same ids, userNames, external ids and digests and the
 * other one's mark: whatever is looked up without the organization finds both.
 */
export async function addTwin(owner: Database, of: string, twin: { id: string; slug: string }): Promise<void> {
  for (const table of tables.organization) {
    const column = organizationColumn(table);
    await owner.query(
      `insert into ${table} select (jsonb_populate_record(null::${table},
          replace(to_jsonb(t)::text, '${marks.acme}', '${marks.globex}')::jsonb || jsonb_build_object('${column}', $2::uuid))).*
        from ${table} t where t.${column} = $1`,
      [of, twin.id],
    );
  }
  await owner.query('insert into organization_slugs (slug, org_id) values ($1, $2)', [twin.slug, twin.id]);
}

/** Gives an organization rows whose ids nobody else has, and puts them into the teams and lists of its twin rows. */
export async function addOwnRows(owner: Database, orgId: string, twins: Ids, own: Ids): Promise<void> {
  const copies: [OrganizationTable, string, Record<string, unknown>, Record<string, unknown>][] = [
    ['connections', 'id', { id: twins.connection }, { id: own.connection }],
    ['scim_tokens', 'id', { id: twins.token }, { id: own.token, digest: '\\x00', connection_id: own.connection }],
    ['members', 'id', { id: twins.member }, named(own.member, 'cleo')],
    ['held_batches', 'id', { id: twins.hold }, { id: own.hold, connection_id: own.connection }],
    ['members', 'id', { id: twins.suspended }, { ...named(own.suspended, 'dan'), held_by: own.hold }],
    ['api_keys', 'id', { id: twins.apiKey }, { id: own.apiKey, digest: '\\x00', member_id: own.member }],
    [
      'teams',
      'id',
      { id: twins.team },
      { id: own.team, held_by: own.hold, display_name_key: 'own team', external_id: 'team-own' },
    ],
    ['scim_requests', 'id', { id: twins.request }, { id: own.request }],
    ['reconciliations', 'id', { id: twins.reconciliation }, { id: own.reconciliation }],
    ['mails', 'id', { id: twins.mail }, { id: own.mail, member_id: own.suspended }],
    ['admin_alerts', 'id', { id: twins.mail }, { id: own.mail }],
    ['mail_links', 'member_id', { id: twins.suspended }, { member_id: own.suspended, digest: '\\x00' }],
    ['resources', 'id', { id: twins.resource }, { id: own.resource, external_id: 'device-own' }],
    [
      'attribute_values',
      'resource_id',
      { id: twins.resource },
      { resource_id: own.resource, value_key: 'own', attribute: 'own' },
    ],
    ['team_members', 'team_id', { id: twins.team }, { team_id: own.team }],
    ['team_members', 'member_id', { id: twins.member }, { member_id: own.member }],
    ['team_members', 'member_id', { id: twins.suspended }, { member_id: own.suspended, held_by: own.hold }],
    ['member_emails', 'member_id', { id: twins.member }, { member_id: own.member }],
  ];
  for (const [table, key, { id }, changes] of copies) {
    await owner.query(
      `insert into ${table} select (jsonb_populate_record(null::${table}, to_jsonb(t) || $3::jsonb)).*
        from ${table} t where t.org_id = $1 and t.${key} = $2`,
      [orgId, id, JSON.stringify(changes)],
    );
  }
}

const named = (id: string, name: string) => ({
  id,
  user_name: `${name}@own.example`,
  user_name_key: `${name}@own.example`,
  external_id: `00u-own-${name}`,
});

/** Takes the second wall down: the application may see and write every row of the database. */
export async function switchOffRowSecurity(owner: Database): Promise<void> {
  for (const table of tables.organization) {
    await owner.query(`alter table ${table} no force row level security, disable row level security`);
  }
}
