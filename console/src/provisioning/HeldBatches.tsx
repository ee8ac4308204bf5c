import { Button, Group, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { HeldBatch, HeldPlan } from '../../../src/http/api/schemas/connection.ts';
import type { Plan } from '../../../src/http/api/schemas/plan.ts';
import { type ConnectionState, discardHeld, planHeld, releaseHeld } from '../api/provisioning.ts';
import { heldQuery } from '../api/queries.ts';
import { ListTable } from '../shell/ListTable.tsx';
import { PlannedChange } from '../shell/PlannedChange.tsx';
import { Section } from '../shell/Section.tsx';
import { TimeAgo } from '../text/TimeAgo.tsx';
import { PlanTable } from './PlanTable.tsx';
import { settlingText } from './SwitchDialog.tsx';
import { heldByText } from './words.ts';

type Act = 'release' | 'discard';

/** What is asked and held back: whom it is about, and letting it go or forgetting it. */
export function HeldBatches({ slug, batches, state }: { slug: string; batches: HeldBatch[]; state: ConnectionState }) {
  const [dialog, setDialog] = useState<{ act: Act; batch: HeldBatch }>();
  const client = useQueryClient();
  const open = batches.filter((batch) => batch.state === 'open' || batch.state === 'settling');
  const refresh = () => client.invalidateQueries({ queryKey: heldQuery(slug).queryKey });
  return (
    <Section title="Held" says={saysOf(open, state)}>
      {open.length > 0 && (
        <ListTable
          label="Held batches"
          widthMin={640}
          isScrolled
          rows={open}
          keyOf={({ id }) => id}
          columns={[
            {
              heading: 'Since',
              kind: 'name',
              show: (batch) => (
                <>
                  <TimeAgo at={batch.openedAt} />
                  {batch.state === 'settling' && (
                    <Text size="xs" c="dimmed">
                      is being put in force
                    </Text>
                  )}
                </>
              ),
            },
            { heading: 'Held by', show: heldByText },
            { heading: 'People', kind: 'number', show: ({ members }) => members.toLocaleString('en') },
            { heading: 'Teams', kind: 'number', show: ({ teams }) => teams.toLocaleString('en') },
            { heading: 'Memberships', kind: 'number', show: ({ memberships }) => memberships.toLocaleString('en') },
            {
              heading: 'Actions',
              kind: 'actions',
              show: (batch) => (
                <Group gap="xs" justify="flex-end" wrap="nowrap">
                  {state === 'on' && (
                    <Button size="compact-sm" variant="default" onClick={() => setDialog({ act: 'release', batch })}>
                      Let go…
                    </Button>
                  )}
                  {(state === 'off' || batch.cause === 'brake') && batch.state === 'open' && (
                    <Button size="compact-sm" variant="default" onClick={() => setDialog({ act: 'discard', batch })}>
                      Discard…
                    </Button>
                  )}
                </Group>
              ),
            },
          ]}
        />
      )}
      {dialog !== undefined && (
        <BatchDialog key={dialog.batch.id} slug={slug} {...dialog} done={refresh} close={() => setDialog(undefined)} />
      )}
    </Section>
  );
}

const saysOf = (open: readonly HeldBatch[], state: ConnectionState): string => {
  if (open.length === 0) return 'Nothing is held back.';
  if (open.some(({ cause }) => cause === 'brake')) return brakeSays;
  return heldSays[state];
};

const brakeSays =
  'The provider asked for more at a time than the policy lets happen, so the rest waits for you. Look at it, then let it go or discard it.';

const heldSays: Record<ConnectionState, string> = {
  off: 'It was asked before provisioning was turned off. Turning on shows it again; discarding forgets it.',
  observing: 'It is asked and not in force. Turn provisioning on to see each item and to put it in force.',
  on: 'It was held back when the rest came in force.',
  paused: 'It is asked and not in force. Turn provisioning on to see each item and to put it in force.',
  disconnecting: 'It is discarded with the connection.',
  disconnected: 'It was discarded with the connection.',
};

interface BatchDialogProps {
  slug: string;
  act: Act;
  batch: HeldBatch;
  done: () => Promise<void>;
  close: () => void;
}

function BatchDialog({ slug, act, batch: { id }, done, close }: BatchDialogProps) {
  const does = {
    release: {
      title: 'Let it go',
      says: 'This is put in force:',
      submits: 'Let it go',
      asPlanned: (plan: HeldPlan) => plan,
      submit: async (plan: Plan) => settlingText((await releaseHeld(slug, id, plan.version)).settling, plan),
    },
    discard: {
      title: 'Discard what is held',
      says: 'This is forgotten, and does not come in force by itself any more. What is in force stays. What was asked goes on being shown as a difference, until the provider asks anew about the person or team.',
      submits: 'Discard',
      // What is forgotten is let go by nobody.
      asPlanned: (plan: HeldPlan) => ({ ...plan, refusal: plan.discardRefusal, warnings: [] }),
      submit: async (plan: Plan) => {
        await discardHeld(slug, id, plan.version);
        return undefined;
      },
    },
  }[act];
  return (
    <PlannedChange
      title={does.title}
      noun="The batch"
      says={<Text size="sm">{does.says}</Text>}
      planKey={['batch-plan', slug, id, act]}
      plan={async () => does.asPlanned(await planHeld(slug, id))}
      show={(plan) => (
        <PlanTable
          plan={plan}
          planKey={[slug, id]}
          more={(cursor) => planHeld(slug, id, cursor)}
          ifEmpty="It holds nothing that would change what is in force."
        />
      )}
      submits={does.submits}
      submit={async (plan) => {
        const said = await does.submit(plan);
        await done();
        return said;
      }}
      looksAgain
      close={close}
    />
  );
}
