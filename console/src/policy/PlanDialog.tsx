import { Alert, Checkbox, List, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import type { PolicyPlan } from '../../../src/http/api/schemas/policy.ts';
import { type PolicyWish, planPolicy, savePolicy } from '../api/policy.ts';
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
      plan={() => planPolicy(slug, wish)}
      show={(plan) => (
        <>
          <ShownPlan plan={plan} />
          {plan.warnings.map((warning) => (
            <Alert key={warning} color="orange" variant="light">
              {warning}
            </Alert>
          ))}
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
      submit={async ({ confirm }) => {
        await savePolicy(slug, { ...wish, confirm: confirm.map(({ setting }) => setting) }, tag);
        await saved();
        return undefined;
      }}
      close={close}
    />
  );
}

function ShownPlan({ plan: { changed, counts, first } }: { plan: PolicyPlan }) {
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return (
    <>
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
      <Text size="sm">
        {total === 0
          ? 'No person and no team changes by it now; the next requests of the provider follow it.'
          : `${total.toLocaleString('en')} ${total === 1 ? 'thing changes' : 'things change'} at once, and the next requests of the provider follow it.`}
      </Text>
      {first.length > 0 && (
        <List size="sm" aria-label="Who changes">
          {first.map(({ kind, id, says, reason }) => (
            <List.Item key={`${kind} ${id} ${says}`}>
              {says}{' '}
              <Text span size="xs" c="dimmed">
                {id}
                {reason === undefined ? '' : ` · ${reason.rule}`}
              </Text>
            </List.Item>
          ))}
        </List>
      )}
      {total > first.length && (
        <Text size="xs" c="dimmed">
          The first {first.length} are shown.
        </Text>
      )}
    </>
  );
}
