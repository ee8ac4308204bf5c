import { plainErrors, scimTypes } from '../../src/scim/errors.ts';

/** docs/reference/errors.md: every refusal of the SCIM endpoint. */
export function errorsDocument(): string {
  const typed = Object.entries(scimTypes).map(([name, [status, section, when]]) => row(status, name, section, when));
  const plain = Object.values(plainErrors).map(([status, section, when]) => row(status, '', section, when));
  return `# Errors of the SCIM endpoint

Generated from \`src/scim/errors.ts\`. Sections are those of RFC 7644 unless another RFC is named.

Every answer below \`/scim\` is SCIM JSON, also when a body cannot be read or a path does not exist. The body of a refusal
has \`schemas\`, \`status\` (a string), \`scimType\` where the table names one, and \`detail\`: what was wrong with which person
or group, and the way out. It ends with the request's reference, which is also in the header \`rollcall-request\` and finds
the request in the log: \`rollcall requests <org>\`, or the console.

| status | scimType | section | when |
|---|---|---|---|
${[...typed, ...plain].sort().join('\n')}

401 carries \`WWW-Authenticate\`, 405 \`Allow\`, 429 and 503 an integer \`Retry-After\` in seconds. A database that cannot be
reached is always a 503, never an empty list or a 404: a provider would take those for people who are gone.
`;
}

const row = (status: number, scimType: string, section: string, when: string) =>
  `| ${status} | ${scimType === '' ? '' : `\`${scimType}\``} | ${section.includes('§') ? `RFC ${section}` : `§${section}`} | ${when} |`;
