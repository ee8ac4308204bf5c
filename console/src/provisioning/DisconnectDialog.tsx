import { Radio, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { type DisconnectChoice, disconnect, planDisconnect } from '../api/provisioning.ts';
import { PlannedChange } from '../shell/PlannedChange.tsx';
import { PlanTable } from './PlanTable.tsx';
import { choiceWords } from './words.ts';

interface DisconnectDialogProps {
  slug: string;
  disconnected: () => Promise<unknown>;
  close: () => void;
}

const choices = Object.keys(choiceWords) as DisconnectChoice[];

/** Asks what becomes of what the provider manages, shows what that changes, and disconnects the provider. */
export function DisconnectDialog({ slug, disconnected, close }: DisconnectDialogProps) {
  const [choice, setChoice] = useState<DisconnectChoice>('keep');
  const [typed, setTyped] = useState('');
  const mustType = choice === 'remove';
  return (
    <PlannedChange
      title="Disconnect the identity provider"
      noun="The disconnecting"
      says={
        <Stack gap="sm">
          <Text size="sm">
            The provider stops managing this organization for good: its SCIM tokens end at once, and what is held is
            discarded. Then there is a new connection, which is off. What is to become of the people and teams that it
            manages?
          </Text>
          <Radio.Group value={choice} onChange={(value) => setChoice(value as DisconnectChoice)} aria-label="Choice">
            <Stack gap="xs">
              {choices.map((each) => (
                <Radio key={each} value={each} label={choiceWords[each].name} description={choiceWords[each].means} />
              ))}
            </Stack>
          </Radio.Group>
        </Stack>
      }
      planKey={['disconnect-plan', slug, choice]}
      plan={() => planDisconnect(slug, choice)}
      show={(plan) => (
        <Stack gap="sm">
          {plan.owners.length > 0 && (
            <Text size="sm">
              Owners are among them: {plan.owners.map(({ userName }) => userName).join(', ')}. Only an owner or the
              operator disconnects the provider.
            </Text>
          )}
          <PlanTable
            plan={plan}
            planKey={[slug, 'disconnect', choice]}
            more={(cursor) => planDisconnect(slug, choice, cursor)}
            ifEmpty="The provider manages nobody and no team, so nothing changes but that its tokens end."
          />
          {mustType && (
            <TextInput
              label={`Type ${slug} to remove them`}
              value={typed}
              onChange={(event) => setTyped(event.currentTarget.value)}
              autoComplete="off"
            />
          )}
        </Stack>
      )}
      isReady={() => !mustType || typed === slug}
      submits="Disconnect"
      submit={async (plan) => {
        const { isDone, kept } = (await disconnect(slug, choice, plan.version)).disconnected;
        await disconnected();
        const names = new Map(plan.items.map(({ id, name }) => [id, name]));
        const said = [
          ...(isDone ? [] : ['It takes longer than usual, and goes on in the background.']),
          ...(kept.length === 0
            ? []
            : [
                `These people stay, because nobody else administers the organization by now: ${kept
                  .map((id) => names.get(id) ?? id)
                  .join(', ')}.`,
              ]),
        ];
        return said.length === 0 ? undefined : said.join(' ');
      }}
      looksAgain
      close={close}
    />
  );
}
