import { problemCodes } from '../../src/http/api/problem.ts';
import { plainErrors, scimTypes } from '../../src/scim/errors.ts';

/** docs/reference/errors.md: every refusal of the SCIM endpoint and of the management API. */
export function errorsDocument(): string {
  const typed = Object.entries(scimTypes).map(([name, [status, section, when]]) => row(status, name, section, when));
  const plain = Object.values(plainErrors).map(([status, section, when]) => row(status, '', section, when));
  const problems = Object.entries(problemCodes).map(
    ([code, [status, when]]) => `| ${status} | \`${code}\` | ${when} |`,
  );
  return `# Errors

Generated from \`src/scim/errors.ts\` and \`src/http/api/problem.ts\`.

## The SCIM endpoint

Sections are those of RFC 7644 unless another RFC is named.

Every answer below \`/scim\` is SCIM JSON, also when a body cannot be read or a path does not exist. The body of a refusal
has \`schemas\`, \`status\` (a string), \`scimType\` where the table names one, and \`detail\`: what was wrong with which person
or group, and the way out. It ends with the request's reference, which is also in the header \`rollcall-request\` and finds
the request in the log: \`rollcall requests <org>\`, or the console.

| status | scimType | section | when |
|---|---|---|---|
${[...typed, ...plain].sort().join('\n')}

401 carries \`WWW-Authenticate\`, 405 \`Allow\`, 429 and 503 an integer \`Retry-After\` in seconds. A database that cannot be
reached is always a 503, never an empty list or a 404: a provider would take those for people who are gone.

## The management API

Every refusal below \`/api/v1\` is problem details (RFC 9457, \`application/problem+json\`): \`status\`, \`title\`, \`detail\` for
people and \`code\` for programs. A code keeps its meaning; the sentence in \`detail\` may change.

| status | code | when |
|---|---|---|
${problems.join('\n')}
`;
}

const row = (status: number, scimType: string, section: string, when: string) =>
  `| ${status} | ${scimType === '' ? '' : `\`${scimType}\``} | ${section.includes('§') ? `RFC ${section}` : `§${section}`} | ${when} |`;
