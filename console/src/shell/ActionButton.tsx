import { Button, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { messageOf } from '../api/errors.ts';

interface ActionButtonProps {
  text: string;
  /** Names the button for who does not see its row. */
  label: string;
  act: () => Promise<unknown>;
  /** What is read anew afterwards. */
  refresh: readonly (readonly unknown[])[];
}

/** A button that does something to its row and says below it why that failed. It stands in `RowActions`. */
export function ActionButton({ text, label, act, refresh }: ActionButtonProps) {
  const queries = useQueryClient();
  const [state, setState] = useState<{ isAsking: boolean; message?: string }>({ isAsking: false });
  const press = async () => {
    setState({ isAsking: true });
    try {
      await act();
      setState({ isAsking: false });
    } catch (error) {
      setState({ isAsking: false, message: messageOf(error) });
    }
    await Promise.all(refresh.map((queryKey) => queries.invalidateQueries({ queryKey })));
  };
  return (
    <>
      <Button size="compact-xs" variant="default" aria-label={label} loading={state.isAsking} onClick={press}>
        {text}
      </Button>
      {state.message !== undefined && (
        <Text size="xs" c="red" role="alert" ta="right" style={ownLine}>
          {state.message}
        </Text>
      )}
    </>
  );
}

/** Below all buttons of the row, which do not become wider by it. */
const ownLine = { order: 1, flexBasis: '100%', contain: 'inline-size' } as const;
