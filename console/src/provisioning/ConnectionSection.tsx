import { Alert, Badge, Button, Group, Paper, Stack, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Connection } from '../../../src/http/api/schemas/connection.ts';
import type { Organization } from '../../../src/http/api/schemas/organization.ts';
import type { SwitchedState } from '../api/provisioning.ts';
import { connectionQuery, heldQuery, organizationQuery } from '../api/queries.ts';
import { PageLink } from '../shell/PageLink.tsx';
import { Section } from '../shell/Section.tsx';
import { CopyText } from '../text/CopyText.tsx';
import { TimeAgo } from '../text/TimeAgo.tsx';
import { DisconnectDialog } from './DisconnectDialog.tsx';
import { SwitchDialog } from './SwitchDialog.tsx';
import { stateWords } from './words.ts';

const order: readonly SwitchedState[] = ['off', 'observing', 'on', 'paused'];

/** The state of the connection with what it means, and the ways to the other states. */
export function ConnectionSection({
  organization,
  connection: { state, hasProvisioning },
}: {
  organization: Organization;
  connection: Connection;
}) {
  const { slug, lastRequestAt, tokens } = organization;
  const [to, setTo] = useState<SwitchedState>();
  const [isDisconnecting, setDisconnecting] = useState(false);
  const client = useQueryClient();
  const isEnding = state === 'disconnecting';
  const isBarred = state === 'off' && !hasProvisioning;
  const refresh = () =>
    Promise.all(
      [connectionQuery, heldQuery, organizationQuery].map((query) =>
        client.invalidateQueries({ queryKey: query(slug).queryKey }),
      ),
    );
  return (
    <Section
      title="Provisioning"
      says={
        <>
          {lastRequestAt === null ? (
            'The identity provider has not called yet. '
          ) : (
            <>
              The identity provider called <TimeAgo at={lastRequestAt} />.{' '}
              <PageLink to="/organizations/$slug/health" params={{ slug }} size="sm">
                How the connection does
              </PageLink>{' '}
              shows whether it is set up well.{' '}
            </>
          )}
          {tokens === 0 ? 'There is no token for it to sign in with yet: ' : 'It signs in with '}
          <PageLink to="/organizations/$slug/keys" params={{ slug }} size="sm">
            {tokens === 0 ? 'Tokens and keys' : tokens === 1 ? 'a token' : `${tokens.toLocaleString('en')} tokens`}
          </PageLink>
          .
        </>
      }
    >
      <Stack gap="sm">
        {isBarred && (
          <Alert color="orange" variant="light" title="The plan of this organization has no provisioning">
            <Stack gap="xs">
              <Text size="sm">
                Provisioning can be turned on when the organization has another plan. The operator gives it one:
              </Text>
              <CopyText text={`npx rollcall org change ${slug} --plan pro`} what="command" />
            </Stack>
          </Alert>
        )}
        <Paper withBorder component="ul" p={0} m={0} style={{ listStyle: 'none' }} aria-label="States">
          {order.map((each, index) => {
            const { name, means, switches } = stateWords[each];
            const isCurrent = each === state;
            return (
              <Group
                key={each}
                component="li"
                aria-current={isCurrent}
                justify="space-between"
                gap="sm"
                px="md"
                py="sm"
                style={index === 0 ? {} : { borderTop: '1px solid var(--mantine-color-default-border)' }}
              >
                <Stack gap={2} flex="1 1 260px">
                  <Group gap="xs">
                    <Text size="sm" fw={isCurrent ? 700 : 500}>
                      {name}
                    </Text>
                    {isCurrent && (
                      <Badge variant="light" tt="none">
                        now
                      </Badge>
                    )}
                  </Group>
                  <Text size="sm" c={isCurrent ? 'bright' : 'dimmed'}>
                    {means}
                  </Text>
                </Stack>
                {!isCurrent && (
                  <Button
                    size="xs"
                    variant={each === 'on' ? 'filled' : 'default'}
                    disabled={isBarred || isEnding}
                    onClick={() => setTo(each)}
                  >
                    {switches}…
                  </Button>
                )}
              </Group>
            );
          })}
        </Paper>
        {isEnding ? (
          <Alert color="orange" variant="light" title="The identity provider is being disconnected">
            This goes on in the background. When it is done there is a new connection to set up.
          </Alert>
        ) : (
          <Group justify="space-between" gap="sm" px="md">
            <Text size="sm" c="dimmed" flex="1 1 260px">
              Another provider comes, or none: end this connection for good, and choose what becomes of what it manages.
            </Text>
            <Button size="xs" variant="default" color="red" onClick={() => setDisconnecting(true)}>
              Disconnect…
            </Button>
          </Group>
        )}
      </Stack>
      {isDisconnecting && <DisconnectDialog slug={slug} disconnected={refresh} close={() => setDisconnecting(false)} />}
      {to !== undefined && (
        <SwitchDialog slug={slug} from={state} to={to} switched={refresh} close={() => setTo(undefined)} />
      )}
    </Section>
  );
}
