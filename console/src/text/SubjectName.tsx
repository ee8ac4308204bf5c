import { Text } from '@mantine/core';

/** The name of a person or a team in a list of both, which says of a team that it is one. */
export function SubjectName({ kind, name }: { kind: 'member' | 'team'; name: string }) {
  return (
    <>
      {name}
      {kind === 'team' && (
        <Text size="xs" c="dimmed" fw={400}>
          team
        </Text>
      )}
    </>
  );
}
