import { Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { SwitchedConnection } from '../../../src/http/api/schemas/connection.ts';
import type { Plan } from '../../../src/http/api/schemas/plan.ts';
import { type ConnectionState, planConnection, type SwitchedState, switchConnection } from '../api/provisioning.ts';
import { signInQuery } from '../api/queries.ts';
import { PlannedChange } from '../shell/PlannedChange.tsx';
import { PlanTable } from './PlanTable.tsx';
import { TwoProviders } from './TwoProviders.tsx';
import { stateWords } from './words.ts';

interface SwitchDialogProps {
  slug: string;
  from: ConnectionState;
  to: SwitchedState;
  switched: () => Promise<unknown>;
  close: () => void;
}

/** Shows what another state of the connection would put in force, and gives it that state if it still is so. */
export function SwitchDialog({ slug, from, to, switched, close }: SwitchDialogProps) {
  const { title, means, switches } = stateWords[to];
  const signIn = useQuery(signInQuery(slug)).data;
  const [isConfirmed, setConfirmed] = useState(false);
  const isBeginning = from === 'off' && to !== 'off';
  const two =
    isBeginning && signIn?.standing === 'differ' && signIn.sameSignInProvider === 'overridable' ? signIn : undefined;
  return (
    <PlannedChange
      title={title}
      noun="The switch"
      says={<Text size="sm">{means}</Text>}
      planKey={['connection-plan', slug, to]}
      plan={() => planConnection(slug, to)}
      show={(plan) => (
        <Stack gap="sm">
          {two !== undefined && (
            <TwoProviders
              provisions={two.provisionedBy}
              signsIn={two.provider ?? ''}
              isConfirmed={isConfirmed}
              confirm={setConfirmed}
            />
          )}
          <PlanTable
            plan={plan}
            planKey={[slug, to]}
            more={(cursor) => planConnection(slug, to, cursor)}
            ifEmpty={
              to === 'on'
                ? 'Nothing is held, so nothing changes at once. What the provider asks from then on is in force.'
                : 'Nothing that is in force changes by it.'
            }
          />
        </Stack>
      )}
      isReady={() => two === undefined || isConfirmed}
      submits={switches}
      submit={async (plan) => {
        const change = two === undefined ? { state: to } : { state: to, confirm: ['sameSignInProvider' as const] };
        const { settling } = await switchConnection(slug, change, plan.version);
        await switched();
        return settlingText(settling, plan);
      }}
      looksAgain
      close={close}
    />
  );
}

/** What is left to say of putting in force what was held; undefined if it is all done. */
export function settlingText(settling: SwitchedConnection['settling'], plan: Plan): string | undefined {
  if (settling === null) return undefined;
  const names = new Map(plan.items.map(({ id, name }) => [id, name]));
  const said = [
    ...(settling.isDone ? [] : ['It takes longer than usual, and goes on in the background.']),
    ...(settling.refused.length === 0
      ? []
      : [
          `These stay held: ${settling.refused
            .map((id) => names.get(id) ?? id)
            .join(', ')}. The plan of the batch says of each why and what to do; then let the batch go.`,
        ]),
  ];
  return said.length === 0 ? undefined : said.join(' ');
}
