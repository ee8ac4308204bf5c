import { Alert, Button, Stack, Table } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { SignInProvider } from '../../../src/http/api/schemas/sign-in-provider.ts';
import type { ConnectionState } from '../api/provisioning.ts';
import { connectionQuery, findingsQuery, signInQuery } from '../api/queries.ts';
import { removeSignIn } from '../api/sign-in.ts';
import { ActionButton } from '../shell/ActionButton.tsx';
import { RowActions } from '../shell/RowActions.tsx';
import { Section } from '../shell/Section.tsx';
import { EditProvider } from './EditProvider.tsx';
import { providerName, standingWords } from './words.ts';

interface ProvidersSectionProps {
  slug: string;
  signIn: SignInProvider;
  state: ConnectionState;
}

/** Who provisions the people of an organization and who signs them in, as its admins say, and what it means if these are two. */
export function ProvidersSection({ slug, signIn, state }: ProvidersSectionProps) {
  const [edited, setEdited] = useState<'provisioning' | 'sign-in'>();
  const client = useQueryClient();
  const read = [signInQuery(slug).queryKey, connectionQuery(slug).queryKey, findingsQuery(slug).queryKey];
  const saved = () => Promise.all(read.map((queryKey) => client.invalidateQueries({ queryKey })));
  const { provider, issuer, provisionedBy, standing, sameSignInProvider: rule } = signIn;
  return (
    <Section
      title="Providers"
      says="Rollcall signs nobody in: it is told who does, and warns where that is not who provisions."
    >
      <Stack gap="sm">
        <Table aria-label="Providers">
          <Table.Tbody>
            <Table.Tr>
              <Table.Th scope="row">Provisions people</Table.Th>
              <Table.Td>{providerName(provisionedBy)}</Table.Td>
              <Table.Td>
                <RowActions>
                  <Button size="compact-xs" variant="default" onClick={() => setEdited('provisioning')}>
                    Change who provisions…
                  </Button>
                </RowActions>
              </Table.Td>
            </Table.Tr>
            <Table.Tr>
              <Table.Th scope="row">Signs people in</Table.Th>
              <Table.Td>
                {provider === null ? 'not declared' : providerName(provider)}
                {issuer !== null && ` (${issuer})`}
              </Table.Td>
              <Table.Td>
                <RowActions>
                  <Button size="compact-xs" variant="default" onClick={() => setEdited('sign-in')}>
                    {provider === null ? 'Declare…' : 'Change who signs in…'}
                  </Button>
                  {provider !== null && (
                    <ActionButton
                      text="Take back"
                      label="Take back who signs people in"
                      act={() => removeSignIn(slug)}
                      refresh={read}
                    />
                  )}
                </RowActions>
              </Table.Td>
            </Table.Tr>
          </Table.Tbody>
        </Table>
        {rule !== 'any' && standing !== 'same' && (
          <Alert role="note" color={rule === 'required' || standing === 'differ' ? 'orange' : 'gray'} variant="light">
            {standingWords[standing]}
            {rule === 'required' && ' The policy wants one provider for both (setting sameSignInProvider).'}
          </Alert>
        )}
      </Stack>
      {edited !== undefined && (
        <EditProvider
          slug={slug}
          signIn={signIn}
          of={edited}
          isOn={state !== 'off' && state !== 'disconnecting'}
          saved={saved}
          close={() => setEdited(undefined)}
        />
      )}
    </Section>
  );
}
