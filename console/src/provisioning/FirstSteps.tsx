import { Button, Group, List, Stack, Table, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import type { Organization } from '../../../src/http/api/schemas/organization.ts';
import { organizationQuery, tokensQuery } from '../api/queries.ts';
import { CreateKey } from '../keys/CreateKey.tsx';
import { createShownToken } from '../keys/Tokens.tsx';
import { PageLink } from '../shell/PageLink.tsx';
import { Section } from '../shell/Section.tsx';
import { CopyText } from '../text/CopyText.tsx';

/** From a new organization to the first call of Okta: what to paste where. */
export function FirstSteps({
  organization: { slug, scim, scimBaseUrl, tokens, lastRequestAt },
}: {
  organization: Organization;
}) {
  const [isMaking, setIsMaking] = useState(false);
  const client = useQueryClient();
  const made = () =>
    Promise.all([
      client.invalidateQueries({ queryKey: organizationQuery(slug).queryKey }),
      client.invalidateQueries({ queryKey: tokensQuery(slug).queryKey }),
    ]);
  return (
    <Section
      title="Connect Okta"
      says={
        lastRequestAt === null
          ? 'These steps end with the first call of Okta. Entra ID takes the same address and token.'
          : 'The provider has called. Go on with what it is to push; these steps are not shown again.'
      }
    >
      <List type="ordered" size="sm" spacing="md" pr="sm">
        <List.Item>
          <Stack gap={6}>
            <Text size="sm">
              Make a token, and keep the dialog open until you have pasted it.
              {tokens > 0 && ` There ${tokens === 1 ? 'is one' : `are ${tokens.toLocaleString('en')}`} already.`}
            </Text>
            <Group gap="sm">
              <Button size="xs" variant={tokens > 0 ? 'default' : 'filled'} onClick={() => setIsMaking(true)}>
                Create a token
              </Button>
              <PageLink to="/organizations/$slug/keys" params={{ slug }} size="sm">
                All tokens
              </PageLink>
            </Group>
          </Stack>
        </List.Item>
        {scim === 'off' && (
          <List.Item>
            Above, choose <b>Observe</b> to look first at what Okta asks, or <b>Turn on</b> to have it in force at once.
            While it is off, Okta’s test is refused.
          </List.Item>
        )}
        <List.Item>
          In the Okta Admin Console open the app, and under <b>General</b> set <b>Provisioning</b> to <b>SCIM</b>. Under{' '}
          <b>Sign On</b> set <b>Application username format</b> to <b>Email</b>.
        </List.Item>
        <List.Item>
          <Stack gap={6}>
            <Text size="sm">
              Under <b>Provisioning › Integration</b> fill in:
            </Text>
            <Table aria-label="What to fill in at Okta" withTableBorder maw={640}>
              <Table.Tbody>
                <Field name="SCIM connector base URL">
                  <CopyText text={scimBaseUrl} what="SCIM connector base URL" />
                </Field>
                <Field name="Unique identifier field for users">
                  <CopyText text="userName" what="unique identifier field" />
                </Field>
                <Field name="Supported provisioning actions">
                  Push New Users, Push Profile Updates, Push Groups; Import if you want it
                </Field>
                <Field name="Authentication Mode">HTTP Header</Field>
                <Field name="Authorization">the token</Field>
              </Table.Tbody>
            </Table>
          </Stack>
        </List.Item>
        <List.Item>
          Press <b>Test Connector Configuration</b>. This page then says when Okta called, and{' '}
          <PageLink to="/organizations/$slug" params={{ slug }} size="sm">
            Requests
          </PageLink>{' '}
          shows what it asked.
        </List.Item>
        <List.Item>
          Under <b>Provisioning › To App</b> enable <b>Create Users</b>, <b>Update User Attributes</b> and{' '}
          <b>Deactivate Users</b>. Assign people to the app; under <b>Push Groups</b> choose the groups that become
          teams.
        </List.Item>
      </List>
      <CreateKey
        opened={isMaking}
        noun="token"
        scopes={undefined}
        create={(input) => createShownToken(slug, input)}
        created={made}
        close={() => setIsMaking(false)}
      />
    </Section>
  );
}

function Field({ name, children }: { name: string; children: ReactNode }) {
  return (
    <Table.Tr>
      <Table.Th scope="row" fw={500}>
        {name}
      </Table.Th>
      <Table.Td>{children}</Table.Td>
    </Table.Tr>
  );
}
