import { Group, Table, Text } from '@mantine/core';
import type { InvitationList } from '../../../src/http/api/schemas/mail.ts';
import { Section } from '../access/Section.tsx';
import { acceptInvitation, inviteAgain, withdrawInvitation } from '../api/client.ts';
import { ActButton } from '../shell/ActButton.tsx';
import { TimeAgo } from '../text/TimeAgo.tsx';

/** Those who are invited and have not accepted, with what became of the mail. */
export function Invitations({ slug, invitations }: { slug: string; invitations: InvitationList }) {
  const refresh = [
    ['invitations', slug],
    ['outbox', slug],
  ];
  const { items, nextCursor } = invitations;
  return (
    <Section
      title="Invitations"
      says={
        items.length === 0
          ? 'Nobody is invited. The setting invitation of the policy says who is.'
          : `They are in force when they have accepted.${nextCursor === null ? '' : ' These are the first ones.'}`
      }
    >
      {items.length > 0 && (
        <Table miw={760} verticalSpacing="xs" aria-label="Invitations">
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">Person</Table.Th>
              <Table.Th scope="col">Until</Table.Th>
              <Table.Th scope="col">Mail</Table.Th>
              <Table.Th scope="col" w={300}>
                <span aria-hidden="true" />
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {items.map(({ member: { id, userName, email }, until, mail }) => (
              <Table.Tr key={id}>
                <Table.Th scope="row" fw={600}>
                  {userName}
                </Table.Th>
                <Table.Td>{until === null ? '' : untilText(until)}</Table.Td>
                <Table.Td>
                  {mail === null ? (
                    <Text size="sm" c="dimmed">
                      {email === null ? 'no address' : 'none'}
                    </Text>
                  ) : (
                    <>
                      {mail.state} <TimeAgo at={mail.createdAt} />
                      {mail.problem !== null && (
                        <Text size="xs" c="red">
                          {mail.problem}
                        </Text>
                      )}
                    </>
                  )}
                </Table.Td>
                <Table.Td>
                  <Group gap="xs" justify="flex-end">
                    <ActButton
                      text="Send again"
                      label={`Invite ${userName} again`}
                      act={() => inviteAgain(slug, id)}
                      refresh={refresh}
                    />
                    <ActButton
                      text="Accept"
                      label={`Accept for ${userName}`}
                      act={() => acceptInvitation(slug, id)}
                      refresh={refresh}
                    />
                    <ActButton
                      text="Withdraw"
                      label={`Withdraw the invitation of ${userName}`}
                      act={() => withdrawInvitation(slug, id)}
                      refresh={refresh}
                    />
                  </Group>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Section>
  );
}

const untilText = (until: string) => (new Date(until) <= new Date() ? 'over' : until.slice(0, 10));
