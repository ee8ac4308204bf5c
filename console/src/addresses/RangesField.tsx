import { Textarea } from '@mantine/core';

/** The ranges of a text that has them on lines, or one behind the other. */
export const rangesOf = (text: string): string[] => text.split(/[\s,;]+/).filter((range) => range !== '');

interface RangesFieldProps {
  label: string;
  description: string;
  value: string;
  change: (text: string) => void;
  error: string | undefined;
  autoFocus?: boolean;
}

/** Ranges of addresses, one a line. */
export function RangesField({ label, description, value, change, error, autoFocus = false }: RangesFieldProps) {
  return (
    <Textarea
      label={label}
      description={description}
      placeholder={'192.0.2.0/24\n2001:db8::/32'}
      autosize
      minRows={2}
      maxRows={8}
      styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
      value={value}
      onChange={(event) => change(event.currentTarget.value)}
      error={error}
      data-autofocus={autoFocus || undefined}
    />
  );
}
