import type { ReactNode } from 'react';
import type { Plan } from '../../../src/http/api/schemas/plan.ts';
import { PlanTable } from '../provisioning/PlanTable.tsx';
import type { Editing } from '../shell/EditDialog.tsx';
import { PlannedChange } from '../shell/PlannedChange.tsx';

interface PlannedAccessProps extends Editing {
  title: string;
  noun: string;
  /** What is to be changed, above the plan. */
  says?: ReactNode;
  submits: string;
  /** Names the plan among those that are shown. */
  planKey: readonly string[];
  /** One page of it, the one behind a cursor. */
  plan: (cursor?: string) => Promise<Plan>;
  /** Makes the change, if the plan of it is still the one of this version. */
  change: (version: string) => Promise<void>;
}

/** Shows whose role, license or teams a change alters, and makes it. It is mounted while it is open. */
export function PlannedAccess({ title, noun, says, submits, planKey, plan, change, saved, close }: PlannedAccessProps) {
  return (
    <PlannedChange
      title={title}
      noun={noun}
      says={says}
      planKey={['access-plan', ...planKey]}
      plan={() => plan()}
      show={(shown) => (
        <PlanTable
          label="Who changes"
          plan={shown}
          planKey={planKey}
          more={(cursor) => plan(cursor)}
          ifEmpty="Nobody changes by it now."
        />
      )}
      submits={submits}
      submit={async ({ version }) => {
        await change(version);
        await saved();
        return undefined;
      }}
      looksAgain
      close={close}
    />
  );
}
