import type { ConnectionState, HeldBatch, Holding } from '../organization/holding.ts';
import { type Policy, readPolicy } from '../organization/policy.ts';
import { knowsGoing } from './going-rows.ts';
import { type OrgTransaction, queryOrganization, type Reader } from './organization-transaction.ts';

/** What decides about an organization's people. */
export type Governed = Holding & {
  policy: Policy;
  /** The license types that the organization has seats of, by their precedence. */
  licenses: readonly string[];
  /** Whether any team gives a role or a license to those who are in it. */
  grantsByTeam: boolean;
  /** Whether there are people whom somebody new might turn out to be: local ones, or removed ones who are remembered. */
  knowsPeople: boolean;
  /** Whether anybody or any team is to go and still here, because that is held. */
  knowsGoing: boolean;
  /** The domains that the organization has verified. */
  domains: readonly string[];
  /** How often the policy, the license types, the domains or what is held was changed. */
  governedVersion: number;
};

/** The columns of `organizations o` that `governedOf` reads. */
export const governedColumns = `o.policy,
  (select array_agg(s.license order by s.precedence, s.license) from license_seats s
    where s.org_id = $1 and s.seats_limit is distinct from 0) as licenses,
  exists (select from teams g where g.org_id = $1 and (g.grants_role is not null or g.grants_license is not null)) as grants_by_team,
  exists (select from members l where l.org_id = $1 and l.origin = 'local' and l.deleted_at is null)
    or exists (select from members r where r.org_id = $1 and r.retained_until is not null) as knows_people,
  ${knowsGoing} as knows_going,
  (select jsonb_object_agg(k.id, k.state) from connections k where k.org_id = $1) as connection_states,
  (select jsonb_agg(jsonb_build_object('id', h.id, 'connection', h.connection_id, 'state', h.state, 'cause', h.cause, 'kinds', h.kinds) order by h.id)
    from held_batches h where h.org_id = $1 and h.state in ('open', 'settling')) as held_batches,
  (select array_agg(d.name) from domains d where d.org_id = $1 and d.state = 'verified') as domains,
  (select c.governed_version from event_counters c where c.org_id = $1) as governed_version`;

export type GovernedRow = {
  policy: Record<string, unknown>;
  licenses: string[] | null;
  grants_by_team: boolean;
  knows_people: boolean;
  knows_going: boolean;
  connection_states: Record<string, ConnectionState> | null;
  held_batches: HeldBatch[] | null;
  domains: string[] | null;
  governed_version: string;
};

export const governedOf = (row: GovernedRow): Governed => ({
  policy: readPolicy(row.policy),
  licenses: row.licenses ?? [],
  grantsByTeam: row.grants_by_team,
  knowsPeople: row.knows_people,
  knowsGoing: row.knows_going,
  connectionStates: row.connection_states ?? {},
  heldBatches: row.held_batches ?? [],
  domains: row.domains ?? [],
  governedVersion: Number(row.governed_version),
});

/** What decides about an organization's people at the moment. */
export async function readGoverned(db: Reader, orgId: string): Promise<Governed> {
  const [row] = await queryOrganization<GovernedRow>(db, orgId, {
    name: 'governed',
    text: `select ${governedColumns} from organizations o where o.id = $1`,
    values: [orgId],
  });
  return governedOf(row as GovernedRow);
}

/** What decides now, as the transaction sees it. */
export async function readGovernedIn(tx: OrgTransaction): Promise<Governed> {
  const { rows } = await tx.query<GovernedRow>({
    text: `select ${governedColumns} from organizations o where o.id = $1`,
    values: [tx.orgId],
  });
  const governed = governedOf(rows[0] as GovernedRow);
  if (tx.trial === undefined) return governed;
  const licenses = tx.trial.seats.filter(({ limit }) => limit !== 0).map(({ license }) => license);
  return { ...governed, licenses };
}

/** What decides now. It is held still until the transaction ends, but in a trial: changes of what decides happen one after the other. */
export async function holdGoverned(tx: OrgTransaction): Promise<Governed> {
  if (tx.trial === undefined)
    tx.send({ text: 'select o.id from organizations o where o.id = $1 for no key update of o', values: [tx.orgId] });
  return await readGovernedIn(tx);
}

/** Stores a policy. The transaction has locked its row, and says with its events that it governs. */
export function updatePolicy(tx: OrgTransaction, policy: Policy, now: Date): void {
  tx.send({
    text: 'update organizations set policy = $2, updated_at = $3 where id = $1',
    values: [tx.orgId, JSON.stringify(policy), now],
  });
}
