import type { Behavior, Holder } from '../../test/behaviors/behavior.ts';
import { behaviors, isCitedUnderPreset } from '../../test/behaviors/behaviors.ts';

/** docs/reference/behaviors.md: what the three products do, and what shows that Rollcall does it. */
export function behaviorsDocument(): string {
  const counts = Object.entries(behaviors).map(([product, { letter, lines }]) => {
    const held = lines.filter((line) => 'heldBy' in line).length;
    const simulated = lines.filter((line) => 'simulatedBy' in line).length;
    const missing = lines.filter((line) => 'notYet' in line).length;
    const underPreset = lines.filter(isCitedUnderPreset).length;
    return `| ${product} | ${letter}1 to ${letter}${lines.length} | ${held} | ${simulated} | ${missing} | ${underPreset} |`;
  });
  const tables = Object.entries(behaviors).map(
    ([product, { lines }]) => `## ${product}

| | what happens | Rollcall | shown by |
|---|---|---|---|
${lines.map(row).join('\n')}
`,
  );
  return `# Behaviors of Dagster+, dbt and Pulumi Cloud

Generated from \`test/behaviors/\`. What the public documents of the three products say of their provisioning, in our words, and
the tests that fail if Rollcall does otherwise under the preset of the product ([policy.md](policy.md)). Held lines are shown
on Rollcall itself; simulated ones happen in the console of the identity provider and are shown on \`okta-sim\`. Lines that are
not shown under the preset do not depend on it: they are shown under the default settings, which have the same value there.

| product | lines | held | simulated | not yet | shown under the preset |
|---|---|---|---|---|---|
${counts.join('\n')}

${tables.join('\n')}`;
}

function row(line: Behavior): string {
  const cells = [line.id, line.says, stateOf(line), [...new Set(holdersOf(line).map(link))].join(', ')];
  return `| ${cells.map((text) => text.replaceAll('|', '\\|')).join(' | ')} |`;
}

function stateOf(line: Behavior): string {
  if ('notYet' in line) return `**not yet**: ${line.notYet}`;
  if ('simulatedBy' in line) return 'simulated';
  return line.instead === undefined ? 'yes' : `instead: ${line.instead}`;
}

function holdersOf(line: Behavior): readonly Holder[] {
  if ('heldBy' in line) return line.heldBy;
  return 'simulatedBy' in line ? line.simulatedBy : [];
}

const link = ([path]: Holder) => `[${path.split('/').at(-1)}](../../${path})`;
