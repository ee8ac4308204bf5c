import { Text } from '@mantine/core';
import { EditDialog, type Editing } from '../shell/EditDialog.tsx';
import type { KeyRow } from './KeyTable.tsx';

interface RevokeKeyProps extends Editing {
  /** The one to revoke. */
  row: KeyRow;
  noun: string;
  says: string;
  revoke: (row: KeyRow) => Promise<void>;
}

/** Asks before a key is revoked, since nothing brings it back. */
export function RevokeKey({ row, noun, says, revoke, saved, close }: RevokeKeyProps) {
  return (
    <EditDialog
      title={`Revoke the ${noun} ${row.name}?`}
      submits="Revoke"
      isFinal
      submit={() => revoke(row)}
      saved={saved}
      close={close}
    >
      <Text size="sm">{says} It cannot be undone.</Text>
    </EditDialog>
  );
}
