import { Button, Group } from '@mantine/core';

interface ShowMoreProps {
  /** What is behind the button: "Show older events". */
  says?: string;
  question: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => Promise<unknown> };
}

/** The way to the next page of a list; nothing on its last one. */
export function ShowMore({
  says = 'Show more',
  question: { hasNextPage, isFetchingNextPage, fetchNextPage },
}: ShowMoreProps) {
  if (!hasNextPage) return null;
  return (
    <Group justify="center">
      <Button size="compact-sm" variant="default" loading={isFetchingNextPage} onClick={() => fetchNextPage()}>
        {says}
      </Button>
    </Group>
  );
}
