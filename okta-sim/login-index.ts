import type { OktaState, OktaUser } from './state.ts';

/** Logins in lower case to ids: derived from the state, and made anew when the state was replaced. */
const indexes = new WeakMap<OktaState, Map<string, string>>();

/** The user with this login, in any letter case. */
export function findByLogin(state: OktaState, login: string): OktaUser | undefined {
  return state.users[indexOf(state).get(login.toLowerCase()) ?? ''];
}

/** Every new user, and every user whose login changed, passes here; `before` is the login that is free again. */
export function putUser(state: OktaState, user: OktaUser, before?: string): void {
  const index = indexOf(state);
  if (before !== undefined) index.delete(before.toLowerCase());
  state.users[user.id] = user;
  index.set(user.profile.login.toLowerCase(), user.id);
}

/** Deletes a user, whose login is free again. */
export function dropUser(state: OktaState, user: OktaUser): void {
  indexOf(state).delete(user.profile.login.toLowerCase());
  delete state.users[user.id];
}

function indexOf(state: OktaState): Map<string, string> {
  let index = indexes.get(state);
  if (!index) {
    index = new Map(Object.values(state.users).map(({ id, profile }) => [profile.login.toLowerCase(), id]));
    indexes.set(state, index);
  }
  return index;
}
