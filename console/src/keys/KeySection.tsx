import { Button, Group, Skeleton, Stack, Text, Title } from '@mantine/core';
import { type QueryKey, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import type { Choices } from '../api/keys.ts';
import { organizationsQuery } from '../api/queries.ts';
import type { Editing } from '../shell/EditDialog.tsx';
import { Failure } from '../shell/Failure.tsx';
import { CreateKey, type NewKey } from './CreateKey.tsx';
import { type KeyRow, KeyTable } from './KeyTable.tsx';
import { RevokeKey } from './RevokeKey.tsx';
import { RotateToken } from './RotateToken.tsx';
import type { Shown } from './ShownOnce.tsx';

interface KeySectionProps<Row extends KeyRow> {
  title: string;
  /** What one of them is called in a sentence. */
  noun: string;
  says: string;
  rows: Row[] | undefined;
  hasMore: boolean;
  error: Error | null;
  refetch: () => void;
  queryKey: QueryKey;
  /** The scopes that can be chosen, for keys that have some. */
  scopes?: string[];
  /** What can be chosen of the limits of a new one; for tokens. */
  tokenChoices?: Choices | undefined;
  create: (input: NewKey) => Promise<Shown[]>;
  revoke: (id: string) => Promise<void>;
  revokeSays: string;
  /** Makes one that takes over from another one, and gives that up; for tokens. */
  rotate?: (id: string) => Promise<Shown[]>;
  cancelRotation?: (id: string) => Promise<void>;
  /** What limits one, in lines under its name. */
  limitsOf?: (row: Row) => string[];
  /** The dialog that changes one; for tokens. */
  changeDialog?: ((row: Row, of: Editing) => ReactNode) | undefined;
}

type Dialog<Row> = { kind: 'create' } | { kind: 'revoke' | 'rotate' | 'change'; row: Row } | undefined;

/** Keys of one kind: a table, and dialogs to create one and to revoke one. */
export function KeySection<Row extends KeyRow>(props: KeySectionProps<Row>) {
  const { title, noun, says, rows, hasMore, error, refetch, queryKey, scopes, create, revoke, revokeSays } = props;
  const { tokenChoices, rotate, cancelRotation, limitsOf, changeDialog } = props;
  const [failure, setFailure] = useState<Error>();
  const [dialog, setDialog] = useState<Dialog<Row>>();
  const client = useQueryClient();
  const id = title.toLowerCase().replaceAll(' ', '-');
  const close = () => setDialog(undefined);
  const changed = async () => {
    await Promise.all([
      client.invalidateQueries({ queryKey }),
      client.invalidateQueries({ queryKey: organizationsQuery.queryKey }),
    ]);
  };
  return (
    <Stack gap="xs" component="section" aria-labelledby={id}>
      <Group justify="space-between">
        <Title order={2} size="h4" id={id}>
          {title}
        </Title>
        <Button size="xs" onClick={() => setDialog({ kind: 'create' })}>
          Create {noun === 'token' ? 'a token' : 'an API key'}
        </Button>
      </Group>
      <Text size="sm" c="dimmed">
        {says}
      </Text>
      {error !== null && <Failure title={`The ${title} cannot be brought up to date`} error={error} retry={refetch} />}
      {failure !== undefined && (
        <Failure title="The rotation was not cancelled" error={failure} retry={() => setFailure(undefined)} />
      )}
      {rows === undefined && error === null && <Skeleton height={80} aria-label={`Loading the ${title}`} />}
      {rows?.length === 0 && <Text size="sm">There is none yet.</Text>}
      {rows !== undefined && rows.length > 0 && (
        <KeyTable
          label={title}
          rows={rows}
          limitsOf={limitsOf}
          change={changeDialog && ((row) => setDialog({ kind: 'change', row }))}
          revoke={(row) => setDialog({ kind: 'revoke', row })}
          rotate={rotate && ((row) => setDialog({ kind: 'rotate', row }))}
          cancelRotation={
            cancelRotation &&
            ((row) => {
              setFailure(undefined);
              void cancelRotation(row.id)
                .catch((reason: unknown) => setFailure(reason instanceof Error ? reason : new Error(String(reason))))
                .then(changed);
            })
          }
        />
      )}
      {hasMore && (
        <Text size="xs" c="dimmed">
          The newest {rows?.length} are shown.
        </Text>
      )}
      <CreateKey
        opened={dialog?.kind === 'create'}
        noun={noun}
        scopes={scopes}
        tokenChoices={tokenChoices}
        create={create}
        created={changed}
        close={close}
      />
      {dialog?.kind === 'change' && changeDialog?.(dialog.row, { saved: changed, close })}
      {dialog?.kind === 'rotate' && rotate !== undefined && (
        <RotateToken row={dialog.row} rotate={(row) => rotate(row.id)} saved={changed} close={close} />
      )}
      {dialog?.kind === 'revoke' && (
        <RevokeKey
          row={dialog.row}
          noun={noun}
          says={revokeSays}
          revoke={(row) => revoke(row.id)}
          saved={changed}
          close={close}
        />
      )}
    </Stack>
  );
}
