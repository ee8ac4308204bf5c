import { Alert, Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { PendingLinkList } from '../../../src/http/api/schemas/team.ts';
import { pendingLinksQuery } from '../api/queries.ts';
import { decideTeamLink } from '../api/teams.ts';
import { EditDialog } from '../shell/EditDialog.tsx';
import { TimeAgo } from '../text/TimeAgo.tsx';

type Pending = PendingLinkList['items'][number];

/** The teams of the organization's own that the provider came upon, each with the two ways to settle it. Nothing if none waits. */
export function PendingLinks({ slug }: { slug: string }) {
  const pending = useQuery(pendingLinksQuery(slug));
  const client = useQueryClient();
  const [dialog, setDialog] = useState<{ kind: 'link' | 'create'; item: Pending }>();
  const [rename, setRename] = useState('');
  const items = pending.data?.items ?? [];
  if (items.length === 0) return null;
  const close = () => {
    setDialog(undefined);
    setRename('');
  };
  const decide = async () => {
    if (dialog === undefined) return;
    const { kind, item } = dialog;
    await decideTeamLink(
      slug,
      item.team.id,
      kind === 'link' ? { decision: kind } : { decision: kind, rename: rename.trim() },
    );
    await client.invalidateQueries({ queryKey: pendingLinksQuery(slug).queryKey });
  };
  return (
    <Stack gap="sm" component="section" aria-label="Teams to decide about">
      {items.map((item) => (
        <Alert
          key={item.team.id}
          color="orange"
          variant="light"
          title={`Is the pushed group ${item.team.name} the team that is here?`}
        >
          <Stack gap="xs">
            <Text size="sm">
              The provider pushed a group of this name <TimeAgo at={item.askedAt} /> and was refused until you decide.
              The team has {item.team.inForce.toLocaleString('en')} {item.team.inForce === 1 ? 'person' : 'people'} now.
              When you have decided, press Push Now in the provider.
            </Text>
            <Group gap="sm">
              <Button size="xs" onClick={() => setDialog({ kind: 'link', item })}>
                Link it
              </Button>
              <Button size="xs" variant="default" onClick={() => setDialog({ kind: 'create', item })}>
                Keep it apart
              </Button>
            </Group>
          </Stack>
        </Alert>
      ))}
      {dialog?.kind === 'link' && (
        <EditDialog
          title={`Link ${dialog.item.team.name}`}
          submits="Link the team"
          isComplete
          submit={decide}
          close={close}
        >
          <Text size="sm">
            With the next push the provider decides who is in the team, and takes out whom an admin had put there.
          </Text>
        </EditDialog>
      )}
      {dialog?.kind === 'create' && (
        <EditDialog
          title={`Keep ${dialog.item.team.name} apart`}
          submits="Rename the team"
          isComplete={rename.trim() !== ''}
          submit={decide}
          close={close}
        >
          <TextInput
            label="Another name for the team"
            description="So that the group can have its own"
            value={rename}
            onChange={(event) => setRename(event.currentTarget.value)}
            data-autofocus
          />
        </EditDialog>
      )}
    </Stack>
  );
}
