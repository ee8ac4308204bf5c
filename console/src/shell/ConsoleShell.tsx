import {
  ActionIcon,
  AppShell,
  Badge,
  Button,
  Container,
  Group,
  Text,
  Tooltip,
  useComputedColorScheme,
  useMantineColorScheme,
} from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Outlet } from '@tanstack/react-router';
import { queryClient, statusQuery } from '../api/queries.ts';
import { forgetOperatorKey } from '../operator-key/operator-key.ts';
import classes from './ConsoleShell.module.css';
import { MoonIcon, SunIcon } from './icons.tsx';
import { PageLink } from './PageLink.tsx';

export function ConsoleShell() {
  return (
    <AppShell header={{ height: 48 }} padding="md">
      <button type="button" className={classes.skip} onClick={focusContent}>
        Skip to the content
      </button>
      <AppShell.Header>
        <Container size="xl" h="100%">
          <Group h="100%" justify="space-between" wrap="nowrap">
            <PageLink to="/" c="inherit" underline="never">
              <Group gap="xs" wrap="nowrap">
                <img src="favicon.svg" width="22" height="22" alt="" />
                <Text fw={700}>Rollcall</Text>
              </Group>
            </PageLink>
            <Group gap="xs" wrap="nowrap">
              <ServerState />
              <ColorSchemeSwitch />
              <Button size="compact-sm" variant="subtle" onClick={leave}>
                Forget the key
              </Button>
            </Group>
          </Group>
        </Container>
      </AppShell.Header>
      <AppShell.Main id="content" tabIndex={-1} className={classes.main}>
        <Container size="xl" px={0}>
          <Outlet />
        </Container>
      </AppShell.Main>
    </AppShell>
  );
}

function focusContent(): void {
  document.getElementById('content')?.focus();
}

function leave(): void {
  forgetOperatorKey('left');
  queryClient.clear();
}

function ServerState() {
  const { isError, isPending } = useQuery(statusQuery);
  const state = isError ? 'Not answering' : isPending ? 'Connecting' : 'Running';
  return (
    <Badge role="status" variant="dot" color={isError ? 'red' : isPending ? 'gray' : 'green'} tt="none" fw={500}>
      {state}
    </Badge>
  );
}

function ColorSchemeSwitch() {
  const { setColorScheme } = useMantineColorScheme();
  const other = useComputedColorScheme('light') === 'light' ? 'dark' : 'light';
  return (
    <Tooltip label={`Use ${other} colors`}>
      <ActionIcon variant="default" aria-label={`Use ${other} colors`} onClick={() => setColorScheme(other)}>
        {other === 'dark' ? <MoonIcon /> : <SunIcon />}
      </ActionIcon>
    </Tooltip>
  );
}
