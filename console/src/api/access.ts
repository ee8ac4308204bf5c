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
import { ApiError } from './errors.ts';
import { askWithKeptKey, pathOf, sendWithKeptKey } from './transport.ts';

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

/** Sets how many seats of a license there are; null is any number. */
export async function setSeats(slug: string, license: string, seats: number | null): Promise<void> {
  await sendWithKeptKey('PUT', `${pathOf(slug)}/licenses/${encodeURIComponent(license)}`, { seats });
}

/** Sets a person apart as a way in that no request of the provider touches, or ends that. */
export async function setBreakGlass(slug: string, id: string, breakGlass: boolean): Promise<void> {
  await sendWithKeptKey('PUT', `${pathOf(slug)}/members/${encodeURIComponent(id)}/break-glass`, { breakGlass });
}

/** What a team gives to those who are in it; null is nothing. */
export async function mapTeam(
  slug: string,
  team: string,
  gives: { role: string | null; license: string | null },
): Promise<void> {
  await sendWithKeptKey('PATCH', `${pathOf(slug)}/team-mappings/${encodeURIComponent(team)}`, gives);
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
