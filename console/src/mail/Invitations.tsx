import type { InvitationList } from '../../../src/http/api/schemas/mail.ts';
import { acceptInvitation, inviteAgain, withdrawInvitation } from '../api/mail.ts';
import { ActionButton } from '../shell/ActionButton.tsx';
import { AskedTable } from './AskedTable.tsx';

/** Those who are invited and have not accepted, with what became of the mail. */
export function Invitations({ slug, invitations }: { slug: string; invitations: InvitationList }) {
  const refresh = [
    ['invitations', slug],
    ['outbox', slug],
  ];
  const { items, nextCursor } = invitations;
  return (
    <AskedTable
      title="Invitations"
      says={
        items.length === 0
          ? 'Nobody is invited. The setting invitation of the policy says who is.'
          : `They are in force when they have accepted.${nextCursor === null ? '' : ' These are the first ones.'}`
      }
      rows={items}
      actions={({ member: { id, userName } }) => (
        <>
          <ActionButton
            text="Send again"
            label={`Invite ${userName} again`}
            act={() => inviteAgain(slug, id)}
            refresh={refresh}
          />
          <ActionButton
            text="Accept"
            label={`Accept for ${userName}`}
            act={() => acceptInvitation(slug, id)}
            refresh={refresh}
          />
          <ActionButton
            text="Withdraw"
            label={`Withdraw the invitation of ${userName}`}
            act={() => withdrawInvitation(slug, id)}
            refresh={refresh}
          />
        </>
      )}
    />
  );
}
