import type { Linking } from '../organization/linking.ts';
import type { BuiltInRole } from '../organization/roles.ts';
import type { OrgTransaction } from './organization-transaction.ts';

/** A person or team that an admin made or another provider handed over, with what says whether the provider may take it over. */
export type LocalThing = {
  id: string;
  name: string;
  /** What an admin said of it. */
  linking: Linking | undefined;
  /** Whether another provider handed it over. */
  isHandedOver: boolean;
} & ({ kind: 'member'; role: BuiltInRole; isBreakGlass: boolean } | { kind: 'team'; gives: boolean });

/** Those people and then the teams, each in the order of their creation; `after` is the last one seen. */
export async function listLocalThings(
  tx: OrgTransaction,
  { limit, after }: { limit: number; after?: { kind: LocalThing['kind']; id: string } | undefined },
): Promise<LocalThing[]> {
  const { rows } = await tx.query<{
    kind: LocalThing['kind'];
    id: string;
    name: string;
    linking: Linking | null;
    handed_over: boolean;
    role: BuiltInRole;
    break_glass: boolean;
    gives: boolean;
  }>({
    text: `(select 'member' as kind, m.id, m.user_name as name, m.linking, m.role, m.break_glass, false as gives, false as handed_over
        from members m where m.org_id = $1 and m.origin = 'local' and m.deleted_at is null and m.status <> 'removed'
          and ($2::text is null or $2 = 'member' and m.id > $3::uuid) order by m.id limit $4)
      union all
      (select 'member', m.id, m.user_name, m.linking, m.role, m.break_glass, false, true
        from members m where m.org_id = $1 and m.origin <> 'local' and m.connection_id is null and m.deleted_at is null and m.status <> 'removed'
          and ($2 is null or $2 = 'member' and m.id > $3) order by m.id limit $4)
      union all
      (select 'team', t.id, t.in_force_name, t.linking, 'viewer', false, t.grants_role is not null or t.grants_license is not null,
          t.origin <> 'local'
        from teams t where t.org_id = $1 and (t.origin = 'local' or t.connection_id is null) and t.deleted_at is null and t.in_force_name is not null
          and ($2 is null or $2 = 'member' or t.id > $3) order by t.id limit $4)
      order by kind, id limit $4`,
    values: [tx.orgId, after?.kind ?? null, after?.id ?? null, limit],
  });
  return rows.map(({ kind, id, name, linking, role, break_glass, gives, handed_over: isHandedOver }) => ({
    id,
    name,
    linking: linking ?? undefined,
    isHandedOver,
    ...(kind === 'member' ? { kind, role, isBreakGlass: break_glass } : { kind, gives }),
  }));
}
