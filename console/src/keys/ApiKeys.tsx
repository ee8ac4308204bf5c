import { useQuery } from '@tanstack/react-query';
import { createApiKey, revokeApiKey } from '../api/keys.ts';
import { apiKeysQuery, choicesQuery } from '../api/queries.ts';
import { KeySection } from './KeySection.tsx';

/** The API keys of an organization: what scripts and products open the management API with. */
export function ApiKeys({ slug }: { slug: string }) {
  const query = apiKeysQuery(slug);
  const { data, error, refetch } = useQuery(query);
  const { data: choices } = useQuery(choicesQuery);
  return (
    <KeySection
      title="API keys"
      noun="API key"
      says="Scripts and products open the management API of this organization with them, as far as their scopes go."
      rows={data?.items}
      hasMore={data?.nextCursor != null}
      error={error}
      refetch={refetch}
      queryKey={query.queryKey}
      scopes={choices?.keyScopes ?? []}
      limitsOf={({ scopes }) => [scopes.join(', ')]}
      create={async ({ name, expiresAt, scopes }) => {
        const { key } = await createApiKey(slug, { name, scopes, ...(expiresAt === undefined ? {} : { expiresAt }) });
        return [{ what: 'API key', text: key }];
      }}
      revoke={(id) => revokeApiKey(slug, id)}
      revokeSays="Whatever uses it is refused within a second, and its event streams end."
    />
  );
}
