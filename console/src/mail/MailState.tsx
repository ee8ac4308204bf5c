import { Text } from '@mantine/core';
import type { Mail } from '../../../src/http/api/schemas/mail.ts';
import { TimeAgo } from '../text/TimeAgo.tsx';

/** What became of a mail, since when, and what the mail server said. */
export function MailState({ state, at, problem }: Pick<Mail, 'state' | 'problem'> & { at: string }) {
  return (
    <>
      {state} <TimeAgo at={at} />
      {problem !== null && (
        <Text size="xs" c="red">
          {problem}
        </Text>
      )}
    </>
  );
}
