import type { Behavior } from './behavior.ts';
import { dagsterBehaviors } from './products/dagster.ts';
import { dbtBehaviors } from './products/dbt.ts';
import { pulumiBehaviors } from './products/pulumi.ts';
import { sharedBehaviors } from './products/shared.ts';

/** The lines of each product, in order. */
export const behaviors: Readonly<Record<string, { letter: string; lines: readonly Behavior[] }>> = {
  'Dagster+': { letter: 'D', lines: dagsterBehaviors },
  'The dbt platform': { letter: 'B', lines: dbtBehaviors },
  'Pulumi Cloud': { letter: 'P', lines: pulumiBehaviors },
  'All three': { letter: 'A', lines: sharedBehaviors },
};
