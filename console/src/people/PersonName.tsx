import { Text } from '@mantine/core';
import type { Member } from '../../../src/http/api/schemas/member.ts';
import { NameButton } from '../shell/NameButton.tsx';

/** The name of a person over the login name. With `open` it opens the person. */
export function PersonName({ name, userName, open }: Pick<Member, 'name' | 'userName'> & { open?: () => void }) {
  // Whoever is asked for and not here yet has no name in force.
  const called = name === '' ? userName : name;
  return (
    <>
      {open === undefined ? called : <NameButton name={called} open={open} />}
      <Text size="xs" c="dimmed" fw={400}>
        {userName}
      </Text>
    </>
  );
}
