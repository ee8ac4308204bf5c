/** Roles, licenses and who has them. */
import type {
  AccessList,
  LicenseList,
  MappingList,
  RoleList,
  Simulation,
  Supposed,
} from '../../../src/http/api/schemas/access.ts';
import type { MemberList } from '../../../src/http/api/schemas/member.ts';
import type { Plan } from '../../../src/http/api/schemas/plan.ts';
import { ApiError } from './errors.ts';
import { askWithKeptKey, pathOf, planPage, sendWithKeptKey, tagOf } from './transport.ts';

export async function loadLicenses(slug: string, signal: AbortSignal): Promise<LicenseList> {
  return await askWithKeptKey(`${pathOf(slug)}/licenses`, signal);
}

export async function loadTeamMappings(slug: string, signal: AbortSignal): Promise<MappingList> {
  return await askWithKeptKey(`${pathOf(slug)}/team-mappings`, signal);
}

export type AccessShown = 'waiting' | 'administering' | 'break-glass';

/** The first people of a list: those who wait for a seat, those who administer, or those who are set apart as a way in. */
export async function loadAccess(slug: string, which: AccessShown, signal: AbortSignal): Promise<AccessList> {
  return await askWithKeptKey(`${pathOf(slug)}/access?limit=50&which=${which}`, signal);
}

export async function loadRoles(slug: string, signal: AbortSignal): Promise<RoleList> {
  return await askWithKeptKey(`${pathOf(slug)}/roles`, signal);
}

const seatsPath = (slug: string, license: string) => `${pathOf(slug)}/licenses/${encodeURIComponent(license)}`;

/** One page of what another number of seats would change. */
export async function planSeats(slug: string, license: string, seats: number | null, cursor?: string): Promise<Plan> {
  return await sendWithKeptKey('POST', `${seatsPath(slug, license)}/plan?${planPage(cursor)}`, { seats });
}

/** Sets how many seats of a license there are, null for any number, if the plan of that is still the one of this version. */
export async function setSeats(slug: string, license: string, seats: number | null, version: string): Promise<void> {
  await sendWithKeptKey('PUT', seatsPath(slug, license), { seats }, tagOf(version));
}

/** Sets a person apart as a way in that no request of the provider touches, or ends that. */
export async function setBreakGlass(slug: string, id: string, breakGlass: boolean): Promise<void> {
  await sendWithKeptKey('PUT', `${pathOf(slug)}/members/${encodeURIComponent(id)}/break-glass`, { breakGlass });
}

/** What a team gives to those who are in it; null is nothing. */
export type TeamGives = { role: string | null; license: string | null };

const mappingPath = (slug: string, team: string) => `${pathOf(slug)}/team-mappings/${encodeURIComponent(team)}`;

/** One page of what another mapping of a team would change. */
export async function planMapping(slug: string, team: string, gives: TeamGives, cursor?: string): Promise<Plan> {
  return await sendWithKeptKey('POST', `${mappingPath(slug, team)}/plan?${planPage(cursor)}`, gives);
}

/** Maps a team, if the plan of that is still the one of this version. */
export async function mapTeam(slug: string, team: string, gives: TeamGives, version: string): Promise<void> {
  await sendWithKeptKey('PATCH', mappingPath(slug, team), gives, tagOf(version));
}

/** What an admin gives to one person; null takes it back, and what is left out stays. */
export async function giveAccess(
  slug: string,
  userName: string,
  { role, license }: { role: string | null | undefined; license: string | null | undefined },
): Promise<void> {
  const path = `${pathOf(slug)}/members?limit=1&userName=${encodeURIComponent(userName)}`;
  const { items } = await askWithKeptKey<MemberList>(path);
  const [member] = items;
  if (member === undefined) throw new ApiError(404, `There is no member ${userName} in this organization.`);
  if (role !== undefined) await sendWithKeptKey('PUT', `${pathOf(slug)}/access/${member.id}/role`, { role });
  if (license !== undefined) await sendWithKeptKey('PUT', `${pathOf(slug)}/access/${member.id}/license`, { license });
}

/** What licenses people would have by other rules. It changes nothing. */
export async function simulateLicenses(slug: string, supposed: Supposed): Promise<Simulation> {
  return await sendWithKeptKey('POST', `${pathOf(slug)}/licenses/simulation`, supposed);
}
