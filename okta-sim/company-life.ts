import type { Company } from './company.ts';
import type { Okta } from './okta.ts';

/** Ids of the Okta users and groups of a company, in the company's order. */
export type Staff = { users: string[]; groups: string[] };

/** Brings a company into the directory. People and groups that are there already stay as they are. */
export function hire(okta: Okta, { people, groups }: Company): Staff {
  const users = people.map((person) => (okta.users.find(person.login) ?? okta.users.add(person)).id);
  const ids = groups.map(({ name, members }) => {
    const group = okta.groups.find(name) ?? okta.groups.add(name);
    okta.groups.addMembers(
      group.id,
      members.map((member) => users[member]).filter((id) => id !== undefined),
    );
    return group.id;
  });
  return { users, groups: ids };
}

/** Assigns the app to everybody and pushes every group. */
export async function provisionCompany(okta: Okta, { users, groups }: Staff): Promise<void> {
  for (const userId of users) okta.app.assign(userId);
  await okta.settle();
  for (const groupId of groups) okta.push.group(groupId);
  await okta.settle();
}
