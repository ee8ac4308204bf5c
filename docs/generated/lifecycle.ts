import { limits } from '../../src/limits.ts';
import {
  type MemberAct,
  type MemberOrigin,
  type MemberStatus,
  memberActs,
  memberAfter,
  type TeamAct,
  type TeamOrigin,
  teamActs,
  teamAfter,
} from '../../src/organization/lifecycle.ts';

const statuses: readonly MemberStatus[] = ['held', 'invited', 'active', 'suspended', 'removed'];
const origins: readonly TeamOrigin[] = ['local', 'synced', 'linked'];

/** docs/reference/lifecycle.md: every state of members and teams, and every way from one to another. */
export function lifecycleDocument(): string {
  return `# The life of members and teams

Generated from \`src/organization/lifecycle.ts\`, which decides it all.

## Members

A member has a **status** in force: \`held\` (asked for, and not here yet), \`invited\`, \`active\`, \`suspended\` or \`removed\`. And an **origin**: \`local\` (made by an
admin, managed by no provider), \`provisioned\` (made by the provider), or \`claimed\` (made by an admin, then taken over by the
provider). With the default policy:

\`\`\`mermaid
stateDiagram-v2
${memberArrows().join('\n')}
\`\`\`

The labels are the rules that the reason of the status names.

| rule | what happened |
|---|---|
${Object.entries(memberActs)
  .map(([act, says]) => `| \`${act}\` | ${says} |`)
  .join('\n')}

Whoever leaves \`active\` leaves every team in force and the seat of their license, and their API keys end in the same
transaction. Memberships and roles are kept for a person who is suspended, and are in force again with the person; ended keys
never are.

## Teams

\`\`\`mermaid
stateDiagram-v2
${teamArrows().join('\n')}
\`\`\`

| rule | what happened |
|---|---|
${Object.entries(teamActs)
  .map(([act, says]) => `| \`${act}\` | ${says} |`)
  .join('\n')}

The provider sees local people as they are, and local teams without their people; with \`localTeams\` \`listed-with-members\` (K12) it
sees who is in them, and with \`hidden\` not the teams at all. It cannot delete either.

## Held

While a connection observes or is paused, what the provider asks is stored, and nothing is put in force. A person whom it creates
has the status \`held\` until then, a team that it creates no name in force. Whom it deletes it does not find any more, and they
stay as they are. [Pausing](../guides/pausing.md) says more.

## Locks

What the provider manages is edited there. While the connection is not off, the API refuses a change by hand with 403
\`locked\`, names the setting that locks, and says the ways out:

| lock | holds | open with |
|---|---|---|
| \`addByHand\` (K8) | nobody makes a person beside the provider | \`allowed\`. The operator may, with \`breakGlass\` |
| \`editMembersByHand\` (K9) | of a person whom the provider manages only roles and licenses are changed | \`allowed\`; \`blocked\` closes roles and licenses too |
| \`editTeamsByHand\` (K10) | the name of a team that the provider manages, and who is in it, are not changed | \`allowed\` |

\`manualUpdates\` opens all of them, and \`rollcall member unlock\` or \`team unlock\` those on one member or team for some
hours; then they are closed again by themselves. What was edited by hand is in force beside what the provider asked, and the provider's next
request about the person, the team or the membership wins. A userName is never edited by hand where the provider owns it.

## Linking

When the provider comes upon a person whom an admin made, by creating one with that \`userName\` or by writing to the id that it
found, the setting \`accountMatch\` (K1) decides whether the person is linked. An e-mail address alone links only with \`link\`.
Whoever is an owner or an admin is never linked until an admin has named them: \`rollcall member link acme <id> --confirm
<userName>\`. A refusal says so, with 409 for a creation and 403 for the rest. The same holds for an owner or admin whom a provider that was
disconnected handed over.

What is held takes over whom it asks for when it is let go, if that still may be: who became an owner or admin meanwhile, and a team that was
mapped to a role or a license after the provider had asked for it by its name, stay held until an admin allows it. The plan says so of each.

When the provider comes upon a local team, by pushing a group of the same name or by writing to the id that it found, which is what
*Link group* in Okta does, \`groupNameClash\` (K11) decides. With \`ask\` the push is refused with 409, which Okta shows on its
*Push Groups* tab, and waits for an admin: \`rollcall team decisions\` lists what waits, \`team decide <id> link\` lets the next push
link the team, and \`team decide <id> create --rename <name>\` keeps it, so that the group becomes a team of its own. Okta does not
try again by itself after a 409, so the admin there presses *Push Now*. With \`refuse\` only the id links, with \`link\` the name
too, unless the team gives a role or a license: such a team is linked only by its id, or by its name once an admin has decided that it is.
\`team link\` allows it for one team beforehand. A request that says who is in the team replaces the people whom an admin had put
there, and a push that links a team by its name always says so; what the team gives goes to those who come and from those who go with the same request.

\`rollcall member break-glass\` sets a local owner or admin apart as a way in for the day on which the provider is out of reach or
gone wrong: no request of the provider touches them. \`breakGlassAccounts\` (K26) says how many there may be.

\`member unlink\` and \`team unlink\` part what the provider manages from it. Both stay as they are, and are not taken over again
until an admin allows it (\`member link\`, \`team link\`).

## Removal and return

A person who was deleted is remembered for ${limits.removedDays} days: the roles and the license that an admin gave, and the teams that
an admin had put them into. Whoever is created with the same \`userName\` on the same connection in that time gets them back, with a
new id that the event \`member.created\` connects with the old one (\`returns\`). \`reactivation\` (K7) says whether the person is
in force at once, is invited, or begins as somebody new; \`deletion\` (K6) whether anybody is remembered, or deleted at all. Then
the rows of people and teams are deleted.

An admin brings a removed person back in the same time: \`rollcall members --removed\` lists those, and \`rollcall member return\` makes a local
member of one, with what an admin had given and a new id. While the connection is on, people come from the provider (K8); undoing
the removal does it all the same, with the teams that the provider had put the person into ([undo](../guides/why-history-undo.md)).

A team that was removed is remembered for the same time, unless \`groupDeletion\` (K13) says otherwise: \`rollcall teams --removed\`
lists those, and \`rollcall team restore\` brings one back as a local team with an id of its own, without people, that gives what
the removed one gave. A group that the provider pushes again is a new team, which gives nothing: a name never grants anything.

With \`deactivation\` \`remove\` (K5) a deactivated person is removed too, and goes on being in the provider's lists as inactive, so
that it can bring the person back under the same id.

## Invitations

With \`invitation\` \`required\` (K15) whoever was never active is \`invited\` and in force nowhere, and has no seat, until the invitation is
accepted by the link of a mail or in the person's name (\`invitation accept\`), within ${limits.invitationDays} days; \`invitation resend\` begins them
anew, \`invitation withdraw\` ends them. For the provider the person is active all the time, so that it does not try again.
[Mail and invitations](../guides/mail-and-domains.md) says more.
`;
}

function memberArrows(): string[] {
  const origin: MemberOrigin = 'provisioned';
  const from = (before: MemberStatus | undefined) =>
    Object.keys(memberActs).flatMap((act) => {
      const after = memberAfter(before && { origin, status: before }, act as MemberAct)?.status;
      return after === undefined || after === before ? [] : [[before ?? '[*]', after, act] as const];
    });
  return merged([undefined, ...statuses].flatMap(from));
}

function teamArrows(): string[] {
  const from = (before: TeamOrigin | undefined) =>
    Object.keys(teamActs).flatMap((act) => {
      const after = teamAfter(before, act as TeamAct);
      return after === undefined || after === before
        ? []
        : [[before ?? '[*]', after === 'removed' ? '[*]' : after, act] as const];
    });
  return merged([undefined, ...origins].flatMap(from));
}

/** One arrow for each pair of states, with every act that goes along it. */
function merged(arrows: readonly (readonly [from: string, to: string, act: string])[]): string[] {
  const ways = Map.groupBy(arrows, ([from, to]) => `  ${from} --> ${to}`);
  return [...ways].map(([way, along]) => `${way}: ${along.map(([, , act]) => act).join(', ')}`);
}
