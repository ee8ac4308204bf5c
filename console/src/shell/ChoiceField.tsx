import { NativeSelect, type NativeSelectProps } from '@mantine/core';

interface ChoiceFieldProps {
  label: string;
  description?: string;
  /** Words, or values with what they are called. */
  choices: NonNullable<NativeSelectProps['data']>;
  value: string;
  choose: (value: string) => void;
  error?: string | undefined;
}

/** One of several words. */
export const ChoiceField = ({ label, description, choices, value, choose, error }: ChoiceFieldProps) => (
  <NativeSelect
    label={label}
    description={description}
    data={choices}
    value={value}
    onChange={(event) => choose(event.currentTarget.value)}
    error={error}
  />
);
