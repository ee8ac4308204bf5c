import { Checkbox, SimpleGrid } from '@mantine/core';

interface ScopeFieldProps {
  choices: readonly string[];
  chosen: string[];
  choose: (scopes: string[]) => void;
  error: string | undefined;
}

/** The scopes of a key or a token, of which there is at least one. */
export function ScopeField({ choices, chosen, choose, error }: ScopeFieldProps) {
  return (
    <Checkbox.Group label="Scopes" description="What it may do" value={chosen} onChange={choose} error={error}>
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing={6} mt="xs">
        {choices.map((scope) => (
          <Checkbox key={scope} value={scope} label={scope} size="xs" />
        ))}
      </SimpleGrid>
    </Checkbox.Group>
  );
}
