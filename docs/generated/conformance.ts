import type { Requirement } from '../../test/rfc/requirement.ts';
import { requirements } from '../../test/rfc/requirements.ts';

/** docs/reference/conformance.md: what the RFCs ask, what Rollcall does, and what shows it. */
export function conformanceDocument(): string {
  const count = (is: (each: Requirement) => boolean) => requirements.filter(is).length;
  const held = count((each) => 'heldBy' in each);
  const chosen = count((each) => !('heldBy' in each) && 'choice' in each);
  const missing = count((each) => 'notYet' in each);
  const sections = Map.groupBy(requirements, ({ section }) => section);
  const tables = [...sections].map(([section, rows]) => {
    const lines = rows.map((row) => `| ${row.level} | ${cell(row.says)} | ${cell(does(row))} | ${holders(row)} |`);
    return `## ${section}\n\n| | what is asked | what Rollcall does | held by |\n|---|---|---|---|\n${lines.join('\n')}\n`;
  });
  return `# Conformance

Generated from \`test/rfc/requirements.ts\`. What RFC 7643 (schemas), RFC 7644 (protocol) and RFC 9865 (cursors) ask of a
server, in our words. Of ${requirements.length} requirements ${held} are held by a test, a transcript or an example of the RFC that
runs against the real server; ${chosen} are choices; ${missing} are not there yet. The first column is the
key word of RFC 2119, or STATED for what an RFC says without one.

${tables.join('\n')}`;
}

function does(requirement: Requirement): string {
  if ('notYet' in requirement) return `**not yet**: ${requirement.notYet}`;
  return 'choice' in requirement && requirement.choice !== undefined ? `chosen: ${requirement.choice}` : 'yes';
}

function holders(requirement: Requirement): string {
  if (!('heldBy' in requirement)) return '';
  return requirement.heldBy.map((path) => `[${path.split('/').at(-1)}](../../${path})`).join(', ');
}

const cell = (text: string) => text.replaceAll('|', '\\|');
