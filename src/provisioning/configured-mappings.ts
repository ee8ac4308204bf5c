/**
 * What the teams of a configuration give. A team stands there by its name, which fits another organization too; by its name and its
 * id where the name alone would not say which team is meant, so that no document loses what one of several gives.
 */
import { caseKey } from '../scim/case-key.ts';
import type { TeamMapping } from '../store/access-lists.ts';
import { OperatorError } from '../store/operator-error.ts';
import type { Reader } from '../store/organization-transaction.ts';
import { findNamesOfTeams, findTeamsNamed, type NamedTeam } from '../store/team-list.ts';

/** What a team gives; null is nothing. */
export type ConfiguredMapping = { role: string | null; license: string | null };

export type ConfiguredMappings = Readonly<Record<string, ConfiguredMapping>>;

/** What teams give, by how a configuration calls them. */
export async function configuredMappings(
  db: Reader,
  org: { id: string },
  mappings: readonly Pick<TeamMapping, 'team' | 'role' | 'license'>[],
): Promise<ConfiguredMappings> {
  const called = await callTeams(
    db,
    org,
    mappings.map(({ team }) => team),
  );
  return Object.fromEntries(
    mappings.map(({ team, role, license }) => [
      called.get(team.id) as string,
      { role: role ?? null, license: license ?? null },
    ]),
  );
}

/**
 * The same mappings by how the teams are called now. Those of which it is not clear which team they are about stay as they are called.
 *
 * @throws OperatorError setting_invalid if two are of one team
 */
export async function calledNow(
  db: Reader,
  org: { id: string },
  wanted: Readonly<Record<string, Partial<ConfiguredMapping>>>,
): Promise<{ mappings: ConfiguredMappings; missing: string[] }> {
  const found = await teamsCalled(db, org, Object.keys(wanted));
  const called = await callTeams(db, org, [...found.values()]);
  const mappings = new Map<string, ConfiguredMapping>();
  const missing: string[] = [];
  for (const [given, { role = null, license = null }] of Object.entries(wanted)) {
    if (role === null && license === null) continue;
    const team = found.get(given);
    if (team === undefined) missing.push(given);
    const name = (team && called.get(team.id)) ?? given;
    if (mappings.has(name)) {
      throw new OperatorError('setting_invalid', `teamMappings names the team "${name}" twice, once as "${given}".`);
    }
    mappings.set(name, { role, license });
  }
  return { mappings: Object.fromEntries(mappings), missing };
}

/** The teams that a configuration calls so, as far as it is clear which ones are meant. */
export async function teamsCalled(
  db: Reader,
  org: { id: string },
  called: readonly string[],
): Promise<ReadonlyMap<string, NamedTeam>> {
  const ids = called.flatMap((name) => idIn(name) ?? []);
  const names = called.filter((name) => idIn(name) === undefined);
  const [byId, byName] = await Promise.all([
    ids.length === 0 ? [] : findNamesOfTeams(db, org, ids),
    names.length === 0 ? [] : findTeamsNamed(db, org, names),
  ]);
  const teamOf = new Map(byId.map((team) => [team.id, team]));
  const alike = Map.groupBy(byName, ({ name }) => caseKey(name));
  return new Map(
    called.flatMap((name): [string, NamedTeam][] => {
      const id = idIn(name);
      const [team, ...others] = id === undefined ? (alike.get(caseKey(name)) ?? []) : [teamOf.get(id)];
      const isClear = team !== undefined && others.length === 0 && (id !== undefined || team.name === name);
      return isClear ? [[name, team]] : [];
    }),
  );
}

/** How a configuration calls teams, by their ids. */
async function callTeams(db: Reader, org: { id: string }, teams: readonly NamedTeam[]): Promise<Map<string, string>> {
  const names = teams.map(({ name }) => name);
  const alike = names.length === 0 ? [] : await findTeamsNamed(db, org, names);
  const known = new Map([...alike, ...teams].map(({ id, name }) => [id, jsonKey(name)]));
  const counts = new Map<string, number>();
  for (const key of known.values()) counts.set(key, (counts.get(key) ?? 0) + 1);
  return new Map(
    teams.map(({ id, name }) => {
      const isClear = counts.get(jsonKey(name)) === 1 && idIn(name) === undefined && jsonKey(name) !== '__proto__';
      return [id, isClear ? name : `${name} (${id})`];
    }),
  );
}

/** What is one key to whoever reads the document strictly (http/strict-json.ts), which is also what is one name, and more. */
const jsonKey = (name: string) => caseKey(name).replaceAll('\u0131', 'i').replaceAll('i\u0307', 'i');

/** The id with which a name ends: a team whose own name ends so is called by its id too, and so never by another's. */
const idIn = (called: string): string | undefined =>
  / \(([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\)$/.exec(called)?.[1];
