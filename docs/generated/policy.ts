import { policySettings } from '../../src/organization/policy.ts';

const meanings: { [Name in keyof typeof policySettings]: string } = {
  usernameFormat:
    'Whether a `userName` must be an e-mail address. With `email`, a request with any other userName is refused, and the refusal names the setting in Okta that is wrong (*Application username format*).',
  unknownMembers:
    'What happens to a member of a group whose id Rollcall never gave out. `skip` leaves that one out, keeps the others and says so in the request log; `refuse` refuses the whole request and lists the ids.',
  defaultRole: 'The role of whom nobody gave another one.',
  licenseSource:
    'Where licenses come from: nowhere, an admin’s word about the person, the teams, the groups of the sign-in, these three in turn (`by-rules`), or the provider’s attribute alone.',
  defaultLicense: 'The license of whom no rule speaks.',
  withoutSeat:
    'What happens to a person for whom there is no seat: the person waits for one, or the request is refused.',
  signInGroups: 'Whether groups of a sign-in give licenses to people whom the provider manages.',
};

/** docs/reference/policy.md: the settings of an organization. */
export function policyDocument(): string {
  const rows = Object.entries(policySettings).map(
    ([name, values]) =>
      `| \`${name}\` | ${values.map((value) => `\`${value}\``).join(', ')} | \`${values[0]}\` | ${meanings[name as keyof typeof meanings]} |`,
  );
  return `# Settings of an organization

Generated from \`src/organization/policy.ts\`. Set them when an organization is created:
\`rollcall org create acme --name "Acme" --set usernameFormat=any\`.

| setting | values | default | meaning |
|---|---|---|---|
${rows.join('\n')}

\`--set scimProfile=okta\` is set the same way and belongs to the connection: what its SCIM endpoint accepts beyond the RFCs, see
[tolerances.md](tolerances.md).
`;
}
