import { Stack, Text } from '@mantine/core';
import { CopyText } from '../text/CopyText.tsx';

/** A text that is shown once, and what it is. */
export interface Shown {
  what: string;
  text: string;
}

/** The button under them. */
export const haveCopied = 'I have copied it';

/** What was created, for as long as the dialog is open that created it. */
export function ShownOnce({ says, shown }: { says: string; shown: readonly Shown[] }) {
  return (
    <Stack gap="md">
      <Text size="sm">{says}</Text>
      {shown.map(({ what, text }) => (
        <CopyText key={what} text={text} what={what} />
      ))}
    </Stack>
  );
}
