import { Alert, Checkbox, Stack, Text } from '@mantine/core';
import { providerName } from './words.ts';

interface TwoProvidersProps {
  provisions: string;
  signsIn: string;
  isConfirmed: boolean;
  confirm: (isConfirmed: boolean) => void;
}

/** Says that another provider signs people in than the one that provisions them, and asks whether that is meant. */
export const TwoProviders = ({ provisions, signsIn, isConfirmed, confirm }: TwoProvidersProps) => (
  <Alert color="orange" variant="light" title="Two providers decide who is in">
    <Stack gap="xs">
      <Text size="sm">
        {providerName(provisions)} provisions people and {providerName(signsIn)} signs them in: whoever one of them
        takes out can stay in by the other.
      </Text>
      <Checkbox
        label="I want that"
        checked={isConfirmed}
        onChange={({ currentTarget }) => confirm(currentTarget.checked)}
      />
    </Stack>
  </Alert>
);
