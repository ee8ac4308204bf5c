import { readFileSync } from 'node:fs';
import type { Behavior, Holder } from './behavior.ts';
import { dagsterBehaviors } from './products/dagster.ts';
import { dbtBehaviors } from './products/dbt.ts';
import { pulumiBehaviors } from './products/pulumi.ts';
import { sharedBehaviors } from './products/shared.ts';

/** The files of tests that run under the preset of the product. Their titles cite the lines that they show. */
const underPresets = [
  'test/behaviors/dagster.test.ts',
  'test/behaviors/dbt.test.ts',
  'test/behaviors/pulumi.test.ts',
  'test/behaviors/shared.test.ts',
  'test/behaviors/okta.test.ts',
  'test/behaviors/licenses-and-roles.test.ts',
  'test/behaviors/presets.test.ts',
] as const;

const holdersById = new Map<string, Holder[]>();
for (const path of underPresets) {
  const text = readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
  for (const [, title = ''] of text.matchAll(/(?:test\(|^ +)['"`]((?:K\d+ \()?[ABDP]\d+[^\n]*?)['"`],/gm)) {
    for (const [id] of title.matchAll(/\b[ABDP]\d+\b/g)) {
      holdersById.set(id, [...(holdersById.get(id) ?? []), [path, title]]);
    }
  }
}

/** A line with the tests under its preset that cite it, before those that show it under other settings. */
function withPresetTests(line: Behavior): Behavior {
  const cited = holdersById.get(line.id) ?? [];
  if ('heldBy' in line) return { ...line, heldBy: [...cited, ...notAmong(line.heldBy, cited)] };
  if ('simulatedBy' in line) return { ...line, simulatedBy: [...cited, ...notAmong(line.simulatedBy, cited)] };
  return line;
}

const notAmong = (holders: readonly Holder[], cited: readonly Holder[]) =>
  holders.filter(([path, title]) => !cited.some((each) => each[0] === path && each[1].includes(title)));

/** Whether a test under the preset of the product cites a line. */
export const isCitedUnderPreset = ({ id }: Behavior): boolean => holdersById.has(id);

/** The lines of each product, in order. */
export const behaviors: Readonly<Record<string, { letter: string; lines: readonly Behavior[] }>> = {
  'Dagster+': { letter: 'D', lines: dagsterBehaviors.map(withPresetTests) },
  'The dbt platform': { letter: 'B', lines: dbtBehaviors.map(withPresetTests) },
  'Pulumi Cloud': { letter: 'P', lines: pulumiBehaviors.map(withPresetTests) },
  'All three': { letter: 'A', lines: sharedBehaviors.map(withPresetTests) },
};
