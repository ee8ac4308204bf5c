import type { FeedEventBody, ResourceRef } from '../events/feed.ts';
import type { LoggedChange } from '../store/request-log.ts';

/** One line of the request log for an event: what an admin would say of it. */
export function describeEvent(event: FeedEventBody): LoggedChange {
  switch (event.kind) {
    case 'member.created':
      return line(event.kind, event.data.member.id, `created member ${event.data.member.userName}`);
    case 'member.updated':
      return line(
        event.kind,
        event.data.member.id,
        `changed ${Object.keys(event.data.changed).join(', ')} of ${event.data.member.userName}`,
      );
    case 'member.suspended':
      return line(event.kind, event.data.member.id, `suspended ${event.data.member.userName}`);
    case 'member.reactivated':
      return line(event.kind, event.data.member.id, `reactivated ${event.data.member.userName}`);
    case 'member.removed':
      return line(event.kind, event.data.member.id, `removed member ${event.data.member.userName}`);
    case 'member.role_changed':
      return line(event.kind, '', `changed the role of ${people(event.data.changes.length)}`);
    case 'member.license_changed':
      return line(event.kind, '', `changed the license of ${people(event.data.changes.length)}`);
    case 'team.created':
      return line(event.kind, event.data.team.id, `created team ${event.data.team.displayName}`);
    case 'team.updated':
      return line(
        event.kind,
        event.data.team.id,
        `changed ${Object.keys(event.data.changed).join(', ')} of team ${event.data.team.displayName}`,
      );
    case 'team.removed':
      return line(event.kind, event.data.team.id, `removed team ${event.data.team.displayName}`);
    case 'team.members_changed':
      return line(event.kind, event.data.team.id, describeMembers(event.data));
    case 'resource.created':
      return line(event.kind, event.data.resource.id, `created ${resourceName(event.data.resource)}`);
    case 'resource.updated':
      return line(
        event.kind,
        event.data.resource.id,
        `changed ${Object.keys(event.data.changed).join(', ')} of ${resourceName(event.data.resource)}`,
      );
    case 'resource.removed':
      return line(event.kind, event.data.resource.id, `removed ${resourceName(event.data.resource)}`);
    default:
      return line(event.kind, '', event.kind);
  }
}

function describeMembers(data: Extract<FeedEventBody, { kind: 'team.members_changed' }>['data']): string {
  const pending = Object.values(data.pending).reduce((sum, ids) => sum + ids.length, 0);
  const parts = [
    data.added.length > 0 ? `put ${people(data.added.length)} into` : '',
    data.removed.length > 0 ? `took ${people(data.removed.length)} out of` : '',
    pending > 0 ? `noted ${people(pending)} to wait for` : '',
  ].filter(Boolean);
  return `${parts.join(' and ')} team ${data.team.displayName}`;
}

const resourceName = ({ resourceType, id, displayName }: ResourceRef) => `${resourceType} ${displayName ?? id}`;

const people = (count: number) => (count === 1 ? '1 person' : `${count} people`);

const line = (kind: string, id: string, says: string): LoggedChange => ({ kind, id, says });
