import { Text } from '@mantine/core';
import { EditDialog, type Editing } from '../shell/EditDialog.tsx';
import type { KeyRow } from './KeyTable.tsx';
import { haveCopied, type Shown, ShownOnce } from './ShownOnce.tsx';

interface RotateTokenProps extends Editing {
  /** The one that another one is to take over from. */
  row: KeyRow;
  rotate: (row: KeyRow) => Promise<Shown[]>;
}

/** The dialog that makes a token which takes over from another one, and shows it, this once. */
export function RotateToken({ row, rotate, saved, close }: RotateTokenProps) {
  const submit = async () => {
    const shown = await rotate(row);
    const says =
      'Paste it into the identity provider now. It is not stored, so nobody can show it again. The old one goes on ' +
      'until this one has proved good, and then ends by itself.';
    return <ShownOnce says={says} shown={shown} />;
  };
  return (
    <EditDialog
      title={`Replace the token ${row.name}`}
      submits="Make the new token"
      submit={submit}
      saved={saved}
      closes={haveCopied}
      size="lg"
      close={close}
    >
      <Text size="sm">
        A new token with the same name, scopes, addresses and ceiling is made. Both work until the new one has had
        enough good calls; you can cancel until then.
      </Text>
    </EditDialog>
  );
}
