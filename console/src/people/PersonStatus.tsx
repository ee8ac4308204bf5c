import { Badge } from '@mantine/core';
import type { Member } from '../../../src/http/api/schemas/member.ts';
import { statusWords } from './words.ts';

/** The state of a person in force, as a word. */
export function PersonStatus({ status }: Pick<Member, 'status'>) {
  const { name, color } = statusWords[status];
  return (
    <Badge variant="light" color={color} tt="none">
      {name}
    </Badge>
  );
}
