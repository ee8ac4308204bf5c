import { quirks } from '../../src/scim/quirks.ts';

/** docs/reference/tolerances.md: where Rollcall accepts more than the RFCs describe. */
export function tolerancesDocument(): string {
  const rows = Object.entries(quirks)
    .map(([name, { says }]) => `| \`${name}\` | ${says} |`)
    .sort();
  return `# Tolerances

Generated from \`src/scim/quirks.ts\`. Identity providers send more shapes than the RFCs describe. Rollcall reads them into
the one form that its engines know, answers strictly, and notes each tolerance that a request needed in the request log.
None depends on who the client is.

| name in the request log | what was read |
|---|---|
${rows.join('\n')}
`;
}
