import { type Resource, readGroup, readUser } from './answers.ts';
import { coreUser } from './attribute-mapping.ts';
import type { Okta } from './okta.ts';
import type { UserProfile } from './state.ts';

/** Makes an account that Okta knows nothing of, as somebody did before the app was connected. */
export async function createAccount(okta: Okta, profile: UserProfile, active: boolean): Promise<Resource> {
  const body = {
    schemas: [coreUser],
    userName: profile.email,
    name: { givenName: profile.firstName, familyName: profile.lastName },
    emails: [{ primary: true, value: profile.email, type: 'work' }],
    active,
  };
  const answer = await okta.engine.client.send({
    method: 'POST',
    path: '/Users',
    body,
    subject: 'outsider',
    outside: true,
  });
  return readUser(answer, 'Create new');
}

/** Empties a group behind Okta's back, as an admin of the app might. */
export async function emptyGroup(okta: Okta, externalId: string): Promise<void> {
  const path = `/Groups/${encodeURIComponent(externalId)}`;
  const { client } = okta.engine;
  const { displayName, schemas } = readGroup(
    await client.send({ method: 'GET', path, subject: 'outsider', outside: true }),
  );
  const body = { schemas, id: externalId, displayName, members: [] };
  readGroup(await client.send({ method: 'PUT', path, body, subject: 'outsider', outside: true }));
}
