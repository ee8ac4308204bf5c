/** What happened and who did it, as an admin would say it. */
import { brakeFacts } from '../organization/brake.ts';
import { choiceSays, disconnectChoices } from '../organization/disconnecting.ts';
import type { Reason } from '../organization/plan.ts';
import { providerTitle } from '../organization/providers.ts';
import { ruleSays } from '../organization/rules.ts';
import type { FeedEventBody, LicenseHeld } from './feed.ts';
import type { ShownActor } from './shown-actor.ts';

/** Whoever did something. */
export function sayActor(actor: ShownActor): string {
  switch (actor.type) {
    case 'operator':
      return 'the operator';
    case 'token':
      return actor.provider === undefined
        ? `SCIM token ${actor.name}`
        : `SCIM token ${actor.name} (${providerTitle(actor.provider)})`;
    case 'service':
      return actor.name;
    case 'nobody':
      return 'nobody is named';
    case 'key':
      return `API key ${actor.name}`;
    case 'member':
      return actor.userName;
    case 'link':
      return `${actor.userName}, by the link in a mail`;
    case 'rollcall':
      return 'Rollcall by itself';
  }
}

function sayState({
  before,
  after,
  choice,
  confirmed,
}: Extract<FeedEventBody, { kind: 'connection.state_changed' }>['data']): string {
  const said = disconnectChoices.find((each) => each === choice);
  if (after === 'disconnecting') return `began to disconnect the identity provider: ${said && choiceSays[said]}`;
  if (after === 'disconnected') return 'disconnected the identity provider';
  return `turned provisioning from ${before} to ${after}${allTheSame({ confirmed })}`;
}

function saySignIn({ before, after }: DataOf<'sign_in_provider.changed'>): string {
  if (after === null)
    return `took back that people sign in with ${before === null ? 'it' : providerTitle(before.provider)}`;
  const issuer = after.issuer === null ? '' : ` (${after.issuer})`;
  return `declared that people sign in with ${providerTitle(after.provider)}${issuer}`;
}

const allTheSame = ({ confirmed }: { confirmed?: string[] | undefined }) =>
  confirmed?.includes('sameSignInProvider') ? ', and confirmed that the two providers differ' : '';

/** What happened, beginning with a verb: `suspended ada@acme.example`. */
export function sayEvent(event: FeedEventBody): string {
  switch (event.kind) {
    case 'member.created':
      return `created member ${event.data.member.userName}`;
    case 'member.updated':
      return `changed ${namesOf(event.data.changed)} of ${event.data.member.userName}`;
    case 'member.suspended':
      return `suspended ${event.data.member.userName}`;
    case 'member.reactivated':
      return `reactivated ${event.data.member.userName}`;
    case 'member.removed':
      return `removed member ${event.data.member.userName}`;
    case 'member.linked':
      return `linked ${event.data.member.userName} to the identity provider`;
    case 'member.unlinked':
      return `parted ${event.data.member.userName} from the identity provider`;
    case 'member.handed_over':
      return `handed ${event.data.member.userName} over to the next identity provider`;
    case 'team.handed_over':
      return `handed team ${event.data.team.displayName} over to the next identity provider`;
    case 'connection.created':
      return 'made a new connection, in the place of the one that has ended';
    case 'member.held':
      return `held the ${event.data.asked} of member ${event.data.member.userName}`;
    case 'team.held':
      return `held the ${event.data.asked} of team ${event.data.team.displayName}`;
    case 'hold.opened':
      return `went beyond what may happen at a time, and is held from now on: ${event.data.kinds.map((kind) => brakeFacts[kind].counts).join(', ')}`;
    case 'hold.settling':
      return 'let go what was held';
    case 'hold.released':
      return 'put in force what was held';
    case 'hold.discarded':
      return 'discarded what was held';
    case 'member.linking_allowed':
      return `let the identity provider take over ${event.data.member.userName}`;
    case 'member.break_glass':
      return event.data.after
        ? `set ${event.data.member.userName} apart as a way in`
        : `ended that ${event.data.member.userName} is a way in`;
    case 'member.invited':
      return `invited ${event.data.member.userName} again, until ${isoTime(event.data.until)}`;
    case 'member.invitation_withdrawn':
      return `withdrew the invitation of ${event.data.member.userName}`;
    case 'member.address_waits':
      return `asked ${event.data.member.userName} to confirm the address ${event.data.address}`;
    case 'member.address_dropped':
      return `dropped the address ${event.data.address}, which ${event.data.member.userName} had not confirmed`;
    case 'member.unlocked':
      return sayLock(event.data.member.userName, event.data.until);
    case 'member.role_changed':
      return `changed the role of ${people(event.data.changes.length)}`;
    case 'member.license_changed':
      return `changed the license of ${people(event.data.changes.length)}`;
    case 'member.given':
      return sayGiven(event.data);
    case 'team.created':
      return `created team ${event.data.team.displayName}`;
    case 'team.updated':
      return `changed ${namesOf(event.data.changed)} of team ${event.data.team.displayName}`;
    case 'team.removed':
      return `removed team ${event.data.team.displayName}`;
    case 'team.members_changed':
      return sayMembers(event.data);
    case 'team.linked':
      return `linked team ${event.data.team.displayName} to the identity provider`;
    case 'team.unlinked':
      return `parted team ${event.data.team.displayName} from the identity provider`;
    case 'team.linking_allowed':
      return `let the identity provider take over team ${event.data.team.displayName}`;
    case 'team.link_asked':
      return `came upon team ${event.data.team.displayName}, which waits for an admin's word`;
    case 'team.link_settled':
      return event.data.decision === 'link'
        ? `decided that team ${event.data.team.displayName} is linked`
        : `decided that team ${event.data.team.displayName} keeps to itself`;
    case 'team.unlocked':
      return sayLock(`team ${event.data.team.displayName}`, event.data.until);
    case 'team.mapped':
      return sayMapped(event.data);
    case 'role.created':
    case 'role.updated':
    case 'role.removed':
      return `${past(event.kind)} role ${event.data.role}`;
    case 'license.seats_changed':
      return `changed the seats of license ${event.data.license} from ${seats(event.data.before)} to ${seats(event.data.after)}`;
    case 'license.group_mapped':
      return `changed the license that the group ${event.data.group} gives from ${event.data.before ?? 'none'} to ${event.data.after ?? 'none'}`;
    case 'policy.changed':
      return `changed the policy: ${sayChanged(event.data.changed)}`;
    case 'organization.created':
      return `created the organization ${event.data.slug}`;
    case 'organization.updated':
      return `changed the organization: ${sayChanged(event.data.changed)}`;
    case 'organization.reconciled':
      return `brought back in line with what was asked: ${sayCounts(event.data.repaired)}`;
    case 'organization.drifted':
      return `found what does not follow from what was asked, for an admin to look at: ${sayCounts(event.data.drift)}`;
    case 'connection.state_changed':
      return sayState(event.data);
    case 'connection.profile_changed':
      return `changed the SCIM profile from ${event.data.before} to ${event.data.after}`;
    case 'connection.provider_changed':
      return `changed who provisions from ${providerTitle(event.data.before)} to ${providerTitle(event.data.after)}${allTheSame(event.data)}`;
    case 'sign_in_provider.changed':
      return `${saySignIn(event.data)}${allTheSame(event.data)}`;
    case 'domain.added':
    case 'domain.verified':
    case 'domain.lost':
    case 'domain.removed':
      return `${past(event.kind)} the domain ${event.data.domain}`;
    case 'connection.silent':
      return `the identity provider has been silent since ${isoTime(event.data.lastCallAt)}`;
    case 'connection.heard_again':
      return `the identity provider calls again, after a silence since ${isoTime(event.data.silentSince)}`;
    case 'addresses.changed':
      return `changed the lists of addresses, which hold for ${event.data.after.appliesTo}`;
    case 'token.created':
      return `created SCIM token ${event.data.token.name}`;
    case 'token.renamed':
      return `renamed SCIM token ${event.data.before.name} to ${event.data.after.name}`;
    case 'token.revoked':
      return `revoked SCIM token ${event.data.token.id}`;
    case 'token.ceiling_changed':
      return `changed the role ceiling of SCIM token ${event.data.token.name} from ${event.data.before} to ${event.data.after}`;
    case 'token.limits_changed':
      return `changed what SCIM token ${event.data.token.name} may do, from where or until when`;
    case 'token.rotated':
      return `retired SCIM token ${event.data.token.id}, which ${event.data.by.name} has taken over from`;
    case 'token.rotation_cancelled':
      return `kept SCIM token ${event.data.token.name}, from which ${event.data.by.name} was to take over`;
    case 'token.expiring':
      return `SCIM token ${event.data.token.name} expires in ${event.data.days} days`;
    case 'api_key.created':
      return `created API key ${event.data.key.name}`;
    case 'api_key.renamed':
      return `renamed API key ${event.data.before.name} to ${event.data.after.name}`;
    case 'api_key.revoked':
      return `revoked API key ${event.data.key.name}`;
    case 'schema.defined':
    case 'schema.changed':
    case 'schema.removed':
      return `${past(event.kind)} schema ${event.data.schema.name}`;
    case 'resource_type.defined':
    case 'resource_type.changed':
    case 'resource_type.removed':
      return `${past(event.kind)} resource type ${event.data.resourceType.name}`;
    case 'resource.created':
    case 'resource.removed':
      return `${past(event.kind)} ${resourceName(event.data.resource)}`;
    case 'resource.linked':
      return `linked ${resourceName(event.data.resource)} to the identity provider`;
    case 'resource.handed_over':
      return `handed ${resourceName(event.data.resource)} over to the next identity provider`;
    case 'resource.updated':
      return `changed ${namesOf(event.data.changed)} of ${resourceName(event.data.resource)}`;
  }
}

/** What happened to one of the people whom an event is about; of an event about nobody else it is what `sayEvent` says. */
export function sayEventOf(event: FeedEventBody, memberId: string): string {
  switch (event.kind) {
    case 'team.members_changed': {
      const { team, added, removed, pending } = event.data;
      const held = Object.keys(pending).find((rule) => pending[rule]?.includes(memberId));
      const name = `team ${team.displayName}`;
      if (added.includes(memberId)) return `put into ${name}`;
      if (held === undefined) return `taken out of ${name}`;
      const why = ruleText(held);
      return removed.includes(memberId) ? `out of force in ${name}: ${why}` : `waits for ${name}: ${why}`;
    }
    case 'member.role_changed': {
      const change = event.data.changes.find(({ member }) => member === memberId);
      if (change === undefined) return sayEvent(event);
      const { before, after, reason } = change;
      return `role ${rolesText(before)} became ${rolesText(after)}: ${ruleText(reason.rule)}`;
    }
    case 'member.license_changed': {
      const change = event.data.changes.find(({ member }) => member === memberId);
      if (change === undefined) return sayEvent(event);
      const { before, after, reason } = change;
      return `license ${licenseText(before)} became ${licenseText(after)}: ${ruleText(reason.rule)}`;
    }
    default:
      return sayEvent(event);
  }
}

/** A reason in words. */
export function reasonText({ rule, undoes }: Reason): string {
  if (undoes === undefined) return ruleText(rule);
  return `${ruleText(rule)}, by undoing ${undoes.length === 1 ? 'event' : 'events'} ${undoes.join(', ')}`;
}

/** A rule in words. A stored reason may have one that this release no longer knows. */
export const ruleText = (rule: string): string =>
  Object.hasOwn(ruleSays, rule) ? ruleSays[rule as keyof typeof ruleSays] : rule;

export const rolesText = ({ role, customRoles }: { role: string; customRoles: readonly string[] }) =>
  [role, ...customRoles].join(' and ');

/** A license in words: its name, or none, and the one that the person waits for. */
export function licenseText({ license, waitsFor }: LicenseHeld): string {
  if (license !== undefined) return license;
  return waitsFor === undefined ? 'none' : `none (waits for ${waitsFor})`;
}

type DataOf<Kind extends FeedEventBody['kind']> = Extract<FeedEventBody, { kind: Kind }>['data'];

function sayMembers({ team, added, removed, pending }: DataOf<'team.members_changed'>): string {
  const waiting = Object.values(pending).reduce((sum, ids) => sum + ids.length, 0);
  const parts = [
    added.length > 0 ? `put ${people(added.length)} into` : '',
    removed.length > 0 ? `took ${people(removed.length)} out of` : '',
    waiting > 0 ? `noted ${people(waiting)} to wait for` : '',
  ].filter(Boolean);
  return `${parts.join(' and ')} team ${team.displayName}`;
}

function sayGiven({ userName, role, license, signIn }: DataOf<'member.given'>): string {
  const parts = [
    role && `the role ${role.after ?? 'none'} by hand, before ${role.before ?? 'none'}`,
    license && `the license ${license.after ?? 'none'} by hand, before ${license.before ?? 'none'}`,
    signIn && `the license ${signIn.after ?? 'none'} by the sign-in, before ${signIn.before ?? 'none'}`,
  ].filter((part) => part !== undefined);
  return `gave ${userName ?? 'the person'} ${parts.join(' and ')}`;
}

function sayMapped({ team, before, after }: DataOf<'team.mapped'>): string {
  const parts = (['role', 'license'] as const).flatMap((what) =>
    before[what] === after[what] ? [] : [`${what} from ${before[what] ?? 'none'} to ${after[what] ?? 'none'}`],
  );
  return `changed what team ${team.displayName} gives: ${parts.join(', ')}`;
}

const sayLock = (what: string, until: Date | null) =>
  until === null ? `closed the locks of ${what}` : `opened the locks of ${what} until ${isoTime(until)}`;

const sayChanged = (changed: Record<string, { before?: unknown; after?: unknown }>) =>
  Object.entries(changed)
    .map(([name, { before, after }]) => `${name} from ${before ?? 'none'} to ${after ?? 'none'}`)
    .join(', ');

/** The name in force is no attribute of the protocol. */
const namesOf = (changed: Record<string, unknown>) =>
  Object.keys(changed)
    .map((name) => (name === 'nameInForce' ? 'the name' : name))
    .join(', ');

const resourceName = ({ resourceType, id, displayName }: DataOf<'resource.created'>['resource']) =>
  `${resourceType} ${displayName ?? id}`;

/** A stored time is text already. */
const isoTime = (at: Date | string) => (typeof at === 'string' ? at : at.toISOString());

const sayCounts = (counts: Record<string, number>) =>
  Object.entries(counts)
    .map(([what, count]) => `${count} ${what}`)
    .join(', ');

const past = (kind: string) => {
  const verb = kind.slice(kind.indexOf('.') + 1);
  return verb === 'updated' ? 'changed' : verb;
};

const seats = (limit: number | null | undefined) => (limit === undefined ? 'none' : (limit ?? 'any number'));

const people = (count: number) => (count === 1 ? '1 person' : `${count} people`);
