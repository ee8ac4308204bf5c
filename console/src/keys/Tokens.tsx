import { useQuery } from '@tanstack/react-query';
import { cancelRotation, createToken, revokeToken, rotateToken } from '../api/client.ts';
import { tokensQuery } from '../api/queries.ts';
import type { NewKey } from './CreateKey.tsx';
import { KeySection } from './KeySection.tsx';

/** Makes a token, whose text is shown this once with the address that it is for. */
export const createShownToken = async (slug: string, { name, expiresAt }: NewKey) =>
  shown(await createToken(slug, { name, ...(expiresAt === undefined ? {} : { expiresAt }) }));

const shown = ({ token, scimBaseUrl }: { token: string; scimBaseUrl: string }) => [
  { what: 'SCIM base URL', text: scimBaseUrl },
  { what: 'token', text: token },
];

/** The SCIM tokens of an organization: what its identity provider signs in with. */
export function Tokens({ slug }: { slug: string }) {
  const query = tokensQuery(slug);
  const { data, error, refetch } = useQuery(query);
  return (
    <KeySection
      title="SCIM tokens"
      noun="token"
      says="The identity provider signs in with one of these. Several may be in force, so that a new one can replace an old one."
      rows={data?.items}
      hasMore={data?.nextCursor != null}
      error={error}
      refetch={refetch}
      queryKey={query.queryKey}
      create={(input) => createShownToken(slug, input)}
      rotate={async (id) => shown(await rotateToken(slug, id))}
      cancelRotation={(id) => cancelRotation(slug, id)}
      revoke={(id) => revokeToken(slug, id)}
      revokeSays="The identity provider that uses it is refused within a second."
    />
  );
}
