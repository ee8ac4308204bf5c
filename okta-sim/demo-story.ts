import { groupSizes, makeCompany } from './company.ts';
import { hire, type Staff } from './company-life.ts';
import type { Okta } from './okta.ts';
import { createAccount, emptyGroup } from './outsider.ts';

/** One app with its half of the company. */
export type Half = { okta: Okta; staff: Staff };

/** A step of the story: what it says, and what both apps do. Returns what is to be told about it, if anything. */
export type Step = { says: string; act: (half: Half) => Promise<string | undefined> };

const people = 250;
const groups = { count: 12, smallest: 5, largest: 120 };

/** Hires the company: half of the people and every second group for each app. */
export function hireHalves(apps: [Okta, Okta], seed: string): [Half, Half] {
  const sizes = groupSizes(groups.count, groups.smallest, groups.largest);
  const half = (okta: Okta, which: 0 | 1): Half => {
    const company = makeCompany(
      `${seed} ${which}`,
      people / 2,
      sizes.filter((_, at) => at % 2 === which),
      `${which === 0 ? 'north' : 'south'}.acme.example`,
    );
    for (const group of company.groups) group.name = `${which === 0 ? 'North' : 'South'} ${group.name}`;
    return { okta, staff: hire(okta, company) };
  };
  return [half(apps[0], 0), half(apps[1], 1)];
}

/** The life of a company, from the first button to the last import. */
export const story: Step[] = [
  {
    says: 'Test API Credentials, with a wrong token first',
    act: async ({ okta }) => {
      await okta.app.testCredentials();
      return undefined;
    },
  },
  {
    says: 'Six people had accounts before Okta came, two of them deactivated',
    act: async ({ okta, staff }) => {
      for (const [at, userId] of staff.users.slice(0, 3).entries()) {
        await createAccount(okta, okta.engine.state.users[userId]!.profile, at > 0);
      }
      return undefined;
    },
  },
  {
    says: `Okta assigns the app to ${people} people: it looks each one up, links who is there, creates the others`,
    act: settled(({ okta, staff }) => {
      for (const userId of staff.users) okta.app.assign(userId);
    }),
  },
  {
    says: `Push Groups: ${groups.count} groups of ${groups.smallest} to ${groups.largest}`,
    act: settled(({ okta, staff }) => {
      for (const groupId of staff.groups) okta.push.group(groupId);
    }),
  },
  {
    says: 'Forty people change their title, ten their name and address',
    act: settled(({ okta, staff }) => {
      for (const userId of staff.users.slice(20, 40))
        okta.users.change(userId, { title: 'Principal', department: null });
      for (const [at, userId] of staff.users.slice(40, 45).entries()) {
        const address = `renamed.${at}@${okta.engine.state.users[userId]!.profile.login.split('@')[1]}`;
        okta.users.change(userId, { lastName: 'Lovelace', login: address, email: address });
      }
    }),
  },
  {
    says: 'Four groups get new names; in every group people leave and join',
    act: settled(({ okta, staff }) => {
      for (const groupId of staff.groups.slice(0, 2))
        okta.groups.rename(groupId, `${okta.engine.state.groups[groupId]!.name} and friends`);
      for (const [at, groupId] of staff.groups.entries()) {
        okta.groups.removeMembers(groupId, okta.engine.state.groups[groupId]!.members.slice(0, 2));
        okta.groups.addMembers(groupId, staff.users.slice(50 + at * 3, 53 + at * 3));
      }
    }),
  },
  {
    says: 'Thirty people leave the company: Okta deactivates them, and takes them out of their groups',
    act: settled(({ okta, staff }) => {
      for (const userId of staff.users.slice(70, 85)) okta.users.deactivate(userId);
    }),
  },
  {
    says: 'Ten of them come back, to the same accounts and the same groups',
    act: settled(({ okta, staff }) => {
      for (const userId of staff.users.slice(70, 75)) {
        okta.users.activate(userId);
        okta.app.assign(userId);
      }
    }),
  },
  {
    says: 'Somebody empties two groups behind the back of Okta; Push Now puts the members back',
    act: settled(async ({ okta, staff }) => {
      const groupId = staff.groups.at(-1) ?? '';
      await emptyGroup(okta, okta.engine.state.app.mappings[groupId]?.externalId ?? '');
      okta.push.now(groupId);
    }),
  },
  {
    says: 'Four groups are unlinked: two are left in Rollcall, two are deleted',
    act: settled(({ okta, staff }) => {
      okta.push.unlink(staff.groups[2] ?? '', false);
      okta.push.unlink(staff.groups[3] ?? '', true);
    }),
  },
  {
    says: 'Import Now reads every account, a hundred at a time',
    act: async (half) => {
      await settled(({ okta }) => okta.app.importNow())(half);
      const { importedUsers } = half.okta.engine.state.app;
      const linked = importedUsers.filter(({ result }) => result === 'linked').length;
      return `${importedUsers.length} accounts read, ${linked} of them linked`;
    },
  },
];

/** Acts, sends what follows, and throws with the first message when something failed. */
function settled(act: (half: Half) => void | Promise<void>): Step['act'] {
  return async (half) => {
    await act(half);
    const { tasks, mappingsInError } = await half.okta.settle();
    const problem = tasks[0]?.message ?? mappingsInError[0]?.error;
    if (problem !== undefined) throw new Error(problem);
    return undefined;
  };
}
