import { useQuery } from '@tanstack/react-query';
import type { NewToken, Token } from '../../../src/http/api/schemas/token.ts';
import { type Choices, cancelRotation, createToken, revokeToken, rotateToken } from '../api/keys.ts';
import { choicesQuery, tokensQuery } from '../api/queries.ts';
import { ChangeToken } from './ChangeToken.tsx';
import type { NewKey } from './CreateKey.tsx';
import { KeySection } from './KeySection.tsx';

/** Makes a token, whose text is shown this once with the address that it is for. */
export const createShownToken = async (slug: string, { name, expiresAt, scopes, limits }: NewKey) =>
  shown(
    await createToken(slug, {
      name,
      ...(expiresAt === undefined ? {} : { expiresAt }),
      ...(limits === undefined ? {} : limitsAsked(scopes, limits)),
    }),
  );

/** A new token has the ceiling of a member, and to give it another one is a right of its own. */
const limitsAsked = (scopes: string[], { addresses, roleCeiling }: NonNullable<NewKey['limits']>) => ({
  scopes: scopes as NonNullable<NewToken['scopes']>,
  addresses,
  ...(roleCeiling === 'member' ? {} : { roleCeiling: roleCeiling as NonNullable<NewToken['roleCeiling']> }),
});

/** What limits a token, as far as it is not like most of them. */
const limitsOf = ({ scopes, addresses, roleCeiling }: Token, { tokenScopes }: Choices): string[] => [
  scopes.length === tokenScopes.length ? 'all scopes' : scopes.join(', '),
  ...(addresses.length === 0 ? [] : [`from ${addresses.join(', ')}`]),
  `role ceiling ${roleCeiling}`,
];

const shown = ({ token, scimBaseUrl }: { token: string; scimBaseUrl: string }) => [
  { what: 'SCIM base URL', text: scimBaseUrl },
  { what: 'token', text: token },
];

/** The SCIM tokens of an organization: what its identity provider signs in with. */
export function Tokens({ slug }: { slug: string }) {
  const query = tokensQuery(slug);
  const { data, error, refetch } = useQuery(query);
  const { data: choices } = useQuery(choicesQuery);
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
      tokenChoices={choices}
      limitsOf={(token) => (choices === undefined ? [] : limitsOf(token, choices))}
      changeDialog={choices && ((token, of) => <ChangeToken slug={slug} token={token} choices={choices} {...of} />)}
      create={(input) => createShownToken(slug, input)}
      rotate={async (id) => shown(await rotateToken(slug, id))}
      cancelRotation={(id) => cancelRotation(slug, id)}
      revoke={(id) => revokeToken(slug, id)}
      revokeSays="The identity provider that uses it is refused within a second."
    />
  );
}
