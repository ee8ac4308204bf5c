import { Text } from '@mantine/core';
import type { Member } from '../../../src/http/api/schemas/member.ts';
import { NameButton } from '../shell/NameButton.tsx';
import { isVisible, visibleName } from '../text/visible-name.ts';

/** The name of a person over the login name. With `open` it opens the person. */
export function PersonName({ name, userName, open }: Pick<Member, 'name' | 'userName'> & { open?: () => void }) {
  // Whoever is asked for and not here yet has no name in force, and a name can be of characters that nobody sees.
  const called = isVisible(name) ? name : userName;
  return (
    <>
      {open === undefined ? <bdi>{visibleName(called)}</bdi> : <NameButton name={called} open={open} />}
      <Text size="xs" c="dimmed" fw={400}>
        <bdi>{visibleName(userName)}</bdi>
      </Text>
    </>
  );
}
