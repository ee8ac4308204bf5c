import { Alert } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { AddressList } from '../../../src/http/api/schemas/addresses.ts';
import { apiKeysQuery, tokensQuery } from '../api/queries.ts';

/** Whom the lists could shut out: the addresses that those whom they hold for came from last. */
export function LastUsed({ slug, appliesTo }: { slug: string; appliesTo: AddressList['appliesTo'] }) {
  const tokens = useQuery(tokensQuery(slug)).data?.items ?? [];
  const keys = useQuery(apiKeysQuery(slug)).data?.items ?? [];
  if (appliesTo === 'nothing') return null;
  const met = (appliesTo === 'scim' ? tokens : [...tokens, ...keys]).filter(({ revokedAt }) => revokedAt === null);
  const from = [...new Set(met.flatMap(({ lastUsedAddress }) => lastUsedAddress ?? []))];
  if (from.length === 0) return null;
  const which = appliesTo === 'scim' ? 'The tokens were' : 'The tokens and API keys were';
  return (
    <Alert color="orange" variant="light" title="Who would be shut out?">
      {`${which} used last from ${from.join(', ')}. See that the lists let that in.`}
    </Alert>
  );
}
