import { Alert, Checkbox, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import type { PolicyPlan } from '../../../src/http/api/schemas/policy.ts';
import { type PolicyWish, planPolicy, savePolicy } from '../api/policy.ts';
import { PlanTable } from '../provisioning/PlanTable.tsx';
import { ListTable } from '../shell/ListTable.tsx';
import { PlannedChange } from '../shell/PlannedChange.tsx';

interface PlanDialogProps {
  slug: string;
  /** The policy to plan. */
  wish: PolicyWish;
  /** Of the policy that is edited. */
  tag: string;
  saved: () => Promise<void>;
  close: () => void;
}

/** Shows what a policy would change, for whom and why, and saves it. It is mounted while it is open. */
export function PlanDialog({ slug, wish, tag, saved, close }: PlanDialogProps) {
  const [confirmed, setConfirmed] = useState<string[]>([]);
  return (
    <PlannedChange
      title="What would change"
      noun="The change"
      planKey={['policy-plan', slug, wish]}
      plan={() => planPolicy(slug, wish, tag)}
      show={(plan) => (
        <>
          <ChangedSettings plan={plan} />
          <PlanTable
            label="Who changes"
            plan={plan}
            planKey={[slug, JSON.stringify(wish)]}
            more={(cursor) => planPolicy(slug, wish, tag, cursor)}
            ifEmpty="No person and no team changes by it now; the next requests of the provider follow it."
          />
          {plan.confirm.map(({ setting, value, why }) => (
            <Alert key={setting} color="orange" variant="light" title={`${setting} becomes ${value}`}>
              <Stack gap="xs">
                <Text size="sm">{why}</Text>
                <Checkbox
                  label="I want that"
                  checked={confirmed.includes(setting)}
                  onChange={({ currentTarget: { checked } }) =>
                    setConfirmed(checked ? [...confirmed, setting] : confirmed.filter((each) => each !== setting))
                  }
                />
              </Stack>
            </Alert>
          ))}
        </>
      )}
      isReady={({ confirm }) => confirm.every(({ setting }) => confirmed.includes(setting))}
      submits="Save the policy"
      submit={async ({ confirm, version }) => {
        await savePolicy(slug, { ...wish, confirm: confirm.map(({ setting }) => setting) }, version);
        await saved();
        return undefined;
      }}
      looksAgain
      close={close}
    />
  );
}

function ChangedSettings({ plan: { changed } }: { plan: PolicyPlan }) {
  return (
    <ListTable
      label="Changed settings"
      widthMin={400}
      rows={Object.entries(changed)}
      keyOf={([name]) => name}
      columns={[
        { heading: 'Setting', kind: 'name', show: ([name]) => name },
        { heading: 'Now', show: ([, { before }]) => before },
        { heading: 'Then', show: ([, { after }]) => after },
      ]}
    />
  );
}
