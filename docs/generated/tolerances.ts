import { profileNames, profiles } from '../../src/scim/profiles.ts';
import { type Deviation, quirks, type Tolerance } from '../../src/scim/quirks.ts';

/** docs/reference/tolerances.md: where Rollcall accepts more than the RFCs describe, and in which profile. */
export function tolerancesDocument(): string {
  const names = (Object.keys(quirks) as Tolerance[]).sort();
  const deviations = names.filter((name): name is Deviation => 'rfc' in quirks[name]);
  const notes = names.filter((name) => !('rfc' in quirks[name]));
  return `# Profiles and tolerances

Generated from \`src/scim/profiles.ts\` and \`src/scim/quirks.ts\`. Identity providers send more shapes than the RFCs describe.
Rollcall reads them into the one form that its engines know, answers strictly, and notes each tolerance that a request
needed in the request log. Which of them it has is a matter of the SCIM profile of the organization's connection:

| profile | for | a PATCH of a user is answered |
|---|---|---|
${profileNames.map(profileRow).join('\n')}

\`rollcall org create acme --name "Acme" --set scimProfile=okta\` sets it; \`rollcall scim profile acme entra\` changes it, and
the next requests feel it. A profile only widens: what the RFCs demand of a server holds in each of them, and what they
accept is accepted in each.

## Where a provider goes against the RFCs

The column *RFC* says what a profile without the tolerance does: the \`scimType\` of its refusal, or that the value is taken as
it was sent.

| name in the request log | what was read | ${profileNames.join(' | ')} | RFC |
|---|---|${profileNames.map(() => '---|').join('')}---|
${deviations.map(deviationRow).join('\n')}

## Where the RFCs leave the choice

These are the same in every profile.

| name in the request log | what was read |
|---|---|
${notes.map((name) => `| \`${name}\` | ${quirks[name].says} |`).join('\n')}
`;
}

function profileRow(name: (typeof profileNames)[number]): string {
  const { says, patchedUser } = profiles[name];
  const answer = patchedUser === 'resource' ? '200 and the user' : '204, unless it asks for `attributes`';
  return `| \`${name}\`${name === profileNames[0] ? ' (default)' : ''} | ${says} | ${answer} |`;
}

function deviationRow(name: Deviation): string {
  const { says, rfc } = quirks[name];
  const marks = profileNames.map((profile) => (profiles[profile].lacks.has(name) ? '' : 'yes'));
  const instead = typeof rfc === 'string' ? rfc : rfc.map((each) => `\`${each}\``).join(', ');
  return `| \`${name}\` | ${says} | ${marks.join(' | ')} | ${instead} |`;
}
