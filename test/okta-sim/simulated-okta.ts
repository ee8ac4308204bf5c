import { createOkta, type Okta, type OktaSettings } from '../../okta-sim/okta.ts';
import type { AppSettings } from '../../okta-sim/options.ts';
import type { OktaUser, UserProfile } from '../../okta-sim/state.ts';

/** An Okta for a test: virtual time that starts at a fixed moment, a fixed seed. Closed at the end of its block. */
export function simulatedOkta(
  baseUrl: string,
  app: AppSettings = {},
  more: Partial<OktaSettings> = {},
): Okta & Disposable {
  const okta = createOkta({
    app: { baseUrl, ...app },
    auth: { mode: 'bearer', token: 'secret-token' },
    seed: 'test',
    startAt: new Date('2026-01-01T00:00:00Z'),
    ...more,
  });
  return Object.assign(okta, { [Symbol.dispose]: () => okta.close() });
}

export const ada: UserProfile = {
  login: 'ada@acme.example',
  email: 'ada@acme.example',
  firstName: 'Ada',
  lastName: 'Byron',
};

export function person(name: string): UserProfile {
  return { login: `${name}@acme.example`, email: `${name}@acme.example`, firstName: name, lastName: 'Doe' };
}

/** Adds people, assigns the app to them and lets Okta provision them. */
export async function provisioned(okta: Okta, ...names: string[]): Promise<OktaUser[]> {
  const users = names.map((name) => okta.users.add(person(name)));
  for (const { id } of users) okta.app.assign(id);
  await okta.settle();
  return users;
}
