import { Addresses } from '../addresses/Addresses.tsx';
import { ApiKeys } from '../keys/ApiKeys.tsx';
import { Tokens } from '../keys/Tokens.tsx';
import { OrganizationFrame } from './OrganizationFrame.tsx';

/** What lets an identity provider and programs into an organization: SCIM tokens, API keys, and addresses. */
export function KeysPage({ slug }: { slug: string }) {
  return (
    <OrganizationFrame slug={slug} page="/organizations/$slug/keys">
      {() => (
        <>
          <Tokens slug={slug} />
          <ApiKeys slug={slug} />
          <Addresses slug={slug} />
        </>
      )}
    </OrganizationFrame>
  );
}
