import { Text } from '@mantine/core';
import type { EmailConfirmationList } from '../../../src/http/api/schemas/mail.ts';
import { confirmAddress, dropAddress, resendConfirmation } from '../api/mail.ts';
import { ActionButton } from '../shell/ActionButton.tsx';
import { AskedTable, isOver } from './AskedTable.tsx';

/** The e-mail addresses that wait for their person to confirm them. */
export function Confirmations({ slug, confirmations }: { slug: string; confirmations: EmailConfirmationList }) {
  const refresh = [
    ['confirmations', slug],
    ['outbox', slug],
  ];
  const { items, nextCursor } = confirmations;
  return (
    <AskedTable
      title="Addresses that wait"
      says={
        items.length === 0
          ? 'No e-mail address waits. The setting addressChange of the policy says which do.'
          : `The address in force stays until the person has confirmed the other one.${nextCursor === null ? '' : ' These are the first ones.'}`
      }
      rows={items}
      about={{
        heading: 'Address',
        show: ({ address, member: { email } }) => (
          <>
            {address}
            <Text size="xs" c="dimmed">
              in force {email ?? 'none'}
            </Text>
          </>
        ),
      }}
      actions={({ until, member: { id, userName } }) => (
        <>
          <ActionButton
            text="Send again"
            label={`Write to the new address of ${userName} again`}
            act={() => resendConfirmation(slug, id)}
            refresh={refresh}
          />
          <ActionButton
            text="Confirm"
            label={`Confirm the address for ${userName}`}
            act={() => confirmAddress(slug, id)}
            refresh={refresh}
          />
          {!isOver(until) && (
            <ActionButton
              text="Drop"
              label={`Drop the new address of ${userName}`}
              act={() => dropAddress(slug, id)}
              refresh={refresh}
            />
          )}
        </>
      )}
    />
  );
}
