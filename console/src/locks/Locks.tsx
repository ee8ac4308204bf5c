import { Alert, Button, Group, List, NumberInput, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import type { MemberDetail } from '../../../src/http/api/schemas/member.ts';
import type { TeamDetail } from '../../../src/http/api/schemas/team.ts';
import { unlock } from '../api/subjects.ts';
import { ActionButton } from '../shell/ActionButton.tsx';
import { EditDialog, type Editing } from '../shell/EditDialog.tsx';
import { ClockTime } from '../text/ClockTime.tsx';

type Locked = MemberDetail | TeamDetail;
type Edit = Locked['locks'][number]['edit'];

export interface LocksProps {
  slug: string;
  /** The path of the person or team below the organization. */
  path: string;
  /** What the person or team is called in a sentence. */
  noun: 'person' | 'team';
  name: string;
  of: Locked;
  /** What each lock keeps from being done by hand. */
  words: Partial<Record<Edit, string>>;
  /** Asks for how long the locks are opened. */
  open: () => void;
}

/** What cannot be edited here and why, until when it can be, and the way to that. Nothing of what no provider manages. */
export function Locks({ slug, path, noun, name, of: { origin, locks, unlockedUntil }, words, open }: LocksProps) {
  if (origin === 'local') return null;
  const isOpen = unlockedUntil !== null && new Date(unlockedUntil) > new Date();
  if (isOpen) {
    return (
      <Alert variant="light" color="orange" title="Unlocked">
        <Stack gap="xs">
          <Text size="sm">
            It can be edited by hand until <ClockTime at={unlockedUntil} />. The provider’s next request wins over what
            is edited.
          </Text>
          <Group gap="xs">
            <ActionButton
              text="Close the locks"
              label={`Close the locks on ${name}`}
              act={() => unlock(slug, path, 0)}
              refresh={[
                [noun, slug],
                ['history', slug],
              ]}
            />
          </Group>
        </Stack>
      </Alert>
    );
  }
  if (locks.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        The identity provider manages the {noun}. What is edited here holds until its next request.
      </Text>
    );
  }
  return (
    <Alert variant="light" color="gray" title={`The identity provider manages the ${noun}`}>
      <Stack gap="xs">
        <List size="sm" aria-label="Not by hand">
          {locks.map(({ edit, setting, wayOut }) => (
            <List.Item key={edit}>
              {words[edit] ?? edit}: not by hand (setting {setting}). {wayOut}.
            </List.Item>
          ))}
        </List>
        <Group gap="xs">
          <Button size="compact-xs" variant="default" onClick={open}>
            Unlock…
          </Button>
        </Group>
      </Stack>
    </Alert>
  );
}

/** Asks for how long the locks on a person or a team are opened. */
export function UnlockDialog({ slug, path, name, saved, close }: Editing & Pick<LocksProps, 'slug' | 'path' | 'name'>) {
  const [hours, setHours] = useState<number | string>(1);
  return (
    <EditDialog
      title={`Unlock ${name}`}
      submits="Unlock"
      isComplete={typeof hours === 'number' && hours > 0}
      submit={() => unlock(slug, path, Number(hours))}
      saved={saved}
      close={close}
    >
      <Text size="sm">The provider’s next request wins over what is edited.</Text>
      <NumberInput
        label="Hours"
        description="Then the locks are closed again by themselves"
        min={1}
        allowDecimal={false}
        value={hours}
        onChange={setHours}
        data-autofocus
      />
    </EditDialog>
  );
}
