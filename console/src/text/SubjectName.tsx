import { Text } from '@mantine/core';
import { visibleName } from './visible-name.ts';

/** The name of a person or a team in a list of both, which says of a team that it is one. */
export function SubjectName({ kind, name }: { kind: 'member' | 'team'; name: string }) {
  return (
    <>
      <bdi>{visibleName(name)}</bdi>
      {kind === 'team' && (
        <Text size="xs" c="dimmed" fw={400}>
          team
        </Text>
      )}
    </>
  );
}
