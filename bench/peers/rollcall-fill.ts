import pg from 'pg';
import { v7 as newUuid } from 'uuid';
import { caseKey } from '../../src/scim/case-key.ts';
import { person, userName } from '../load/people.ts';

/**
 * Fills an organization by statements of the database's owner, for experiments with sizes that take long over HTTP. What
 * was written over HTTP before serves as the pattern, and no events are made.
 */

const rowsPerStatement = 5_000;

/** Adds the people numbered `from` to `to` - 1 and returns their ids. `patternId` is the id of one that exists. */
export async function fillMembers(
  connectionString: string,
  patternId: string,
  range: { from: number; to: number },
): Promise<string[]> {
  const ids: string[] = [];
  await withClient(connectionString, async (client) => {
    for (let from = range.from; from < range.to; from += rowsPerStatement) {
      const numbers = Array.from({ length: Math.min(rowsPerStatement, range.to - from) }, (_, index) => from + index);
      const rows = numbers.map((number) => memberRow(number));
      ids.push(...rows.map(({ id }) => id));
      const values = [patternId, JSON.stringify(rows)];
      await client.query(insertMembers, values);
      await client.query(insertEmails, values);
    }
    await client.query(countMembers, [patternId, ids.length]);
  });
  return ids;
}

/** Puts people into a team that has one member, whose membership is the pattern. */
export async function fillTeam(connectionString: string, teamId: string, ids: readonly string[]): Promise<void> {
  await withClient(connectionString, async (client) => {
    await client.query(
      `insert into team_members (org_id, team_id, member_id, asked, in_force, reason)
        select p.org_id, p.team_id, x.id, p.asked, p.in_force, p.reason
          from (select * from team_members where team_id = $1 limit 1) p, unnest($2::uuid[]) as x (id)
          on conflict do nothing`,
      [teamId, ids],
    );
  });
}

function memberRow(number: number) {
  const { groups: _, ...asked } = person(number);
  return {
    id: newUuid(),
    scim: { ...asked, active: true },
    user_name: userName(number),
    user_name_key: caseKey(userName(number)),
    external_id: asked.externalId,
    display_name: asked.displayName,
    display_name_key: caseKey(asked.displayName),
  };
}

const row = `jsonb_to_recordset($2::jsonb) as x (id uuid, scim jsonb, user_name text, user_name_key text, external_id text, display_name text,
  display_name_key text)`;

const insertMembers = `insert into members (org_id, id, connection_id, scim, user_name, user_name_key, external_id, display_name,
    display_name_key, asked_active, status, status_reason, in_force_name, in_force_email, origin, version, created_at, updated_at)
  select p.org_id, x.id, p.connection_id, x.scim, x.user_name, x.user_name_key, x.external_id, x.display_name,
    x.display_name_key, p.asked_active, p.status, p.status_reason, x.display_name, x.user_name, p.origin, 1, p.created_at, p.created_at
  from members p, ${row} where p.id = $1`;

const insertEmails = `insert into member_emails (org_id, member_id, value_key)
  select p.org_id, x.id, x.user_name_key from members p, ${row} where p.id = $1`;

const countMembers = `update event_counters c set members = c.members + $2
  from members p where p.id = $1 and c.org_id = p.org_id`;

async function withClient(connectionString: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  await work(client).finally(() => client.end());
}
