import { addAbortSignal, Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { type FeedEvent, readEvents } from '../../events/feed.ts';
import { assertReadable, BeyondEnd, EventsGone } from '../../events/feed-watch.ts';
import { limits } from '../../limits.ts';
import { readSnapshot } from '../../store/snapshot.ts';
import { callerOf, organizationOf } from './caller.ts';
import { sendEventStream } from './event-stream.ts';
import { createFollowerPlaces } from './followers.ts';
import type { ApiOptions } from './management-api.ts';
import { problem } from './problem.ts';
import { EventPage, EventQuery } from './schemas/event.ts';
import { OrganizationParams } from './schemas/parts.ts';
import type { TypedInstance } from './typebox-provider.ts';

const tags = ['Events'];
const config = { guard: 'management', scope: 'events:read' } as const;

/** The event feed: read, waited for and followed, and the snapshot that it goes on from. */
export function eventRoutes(api: TypedInstance, options: ApiOptions): void {
  const { app, watch } = options;
  const places = createFollowerPlaces();

  api.get(
    '/organizations/:organization/events',
    {
      config,
      schema: {
        operationId: 'readEvents',
        summary: 'Read the event feed, wait for it, or follow it',
        description:
          'Answers the events after a number, at once or as soon as there is one (`wait`). With `Accept: text/event-stream` it ' +
          'stays open and sends each event as it happens: the number as `id`, the kind as `event`, the event as JSON in `data`.',
        tags,
        params: OrganizationParams,
        querystring: EventQuery,
        response: { 200: EventPage },
      },
    },
    async (request, reply) => {
      const org = organizationOf(request);
      const { limit, wait } = request.query;
      const after = lastEventId(request) ?? request.query.after;
      await assertReadable(app, org, after).catch(refuseUnreadable);
      const isStream = request.headers.accept?.includes('text/event-stream') === true;
      if (!isStream) {
        const page = await readEvents(app, org, { after, limit });
        if (page.length > 0 || wait === 0) return pageText(reply, page, after);
      }

      const giveBack = places.follow(org.id);
      const stop = new AbortController();
      const caller = callerOf(request);
      let hasKeyEnded = false;
      const keyEnds = (): void => {
        hasKeyEnded = true;
        stop.abort();
      };
      const forget = caller.kind === 'key' ? watch.whenKeyEnds(org, caller.grant.keyId, keyEnds) : () => undefined;
      reply.raw.once('close', () => stop.abort());
      // The bound on idle connections is for those on which something should happen.
      request.raw.socket.setTimeout(0);
      try {
        const pages = watch.follow(org, after, stop.signal);
        if (isStream) {
          await sendEventStream(request, reply, pages, stop.signal);
          return reply;
        }
        const page = await firstPage(pages, stop, wait);
        if (hasKeyEnded) throw problem('unauthorized', 'The API key was revoked, or its person is no longer active.');
        return pageText(reply, page.slice(0, limit), after);
      } finally {
        stop.abort();
        forget();
        giveBack();
      }
    },
  );

  api.get(
    '/organizations/:organization/snapshot',
    {
      config,
      schema: {
        operationId: 'readSnapshot',
        summary: 'Read the members, teams and memberships as of one event',
        description:
          'JSON Lines: first `{"kind":"snapshot","seq":…}`, then a line for each member, team and membership, and last ' +
          '`{"kind":"end"}`; without that one it was cut off. Go on with the events after `seq`.',
        tags,
        params: OrganizationParams,
        produces: ['application/jsonl'],
        response: { 200: Type.String({ description: 'One JSON document on each line.' }) },
      },
    },
    async (request, reply) => {
      const lines = Readable.from(snapshotLines(options, organizationOf(request).id));
      lines.once('close', places.snapshot());
      addAbortSignal(AbortSignal.timeout(limits.snapshotSecondsMax * 1000), lines);
      return reply.type('application/jsonl; charset=utf-8').send(lines as never);
    },
  );
}

/** The number in Last-Event-ID, with which a client of an event stream comes back. */
function lastEventId({ headers }: FastifyRequest): number | undefined {
  const given = headers['last-event-id'];
  if (given === undefined || given === '') return undefined;
  const seq = Number(given);
  if (/^\d{1,15}$/.test(String(given))) return seq;
  throw problem('invalid_request', 'Last-Event-ID must be the number of an event of this feed.');
}

function refuseUnreadable(error: unknown): never {
  if (error instanceof EventsGone) {
    throw problem('events_gone', 'Events after this number are no longer kept. Begin again with a snapshot.');
  }
  if (error instanceof BeyondEnd) {
    throw problem('invalid_request', `The feed has not come to this number: its last event is ${error.last}.`);
  }
  throw error;
}

/** Events are printed as they are: their kinds have many shapes, and nothing in them is kept from those who may read them. */
function pageText(reply: FastifyReply, items: readonly FeedEvent[], after: number): never {
  const page = { items, next: items.at(-1)?.seq ?? after };
  return reply.serializer(JSON.stringify).send(page) as never;
}

async function firstPage(
  pages: AsyncGenerator<FeedEvent[], void>,
  stop: AbortController,
  waitSeconds: number,
): Promise<FeedEvent[]> {
  const timer = setTimeout(() => stop.abort(), waitSeconds * 1000);
  try {
    const { value } = await pages.next();
    return value ?? [];
  } finally {
    clearTimeout(timer);
    await pages.return();
  }
}

async function* snapshotLines({ app, now }: Pick<ApiOptions, 'app' | 'now'>, orgId: string): AsyncGenerator<string> {
  const counts = { members: 0, teams: 0, memberships: 0 };
  for await (const parts of readSnapshot(app, orgId, limits.snapshotPageRows)) {
    let text = '';
    for (const part of parts) {
      text += `${JSON.stringify(part.kind === 'snapshot' ? { ...part, at: now() } : part)}\n`;
      if (part.kind === 'member') counts.members++;
      if (part.kind === 'team') counts.teams++;
      if (part.kind === 'membership') counts.memberships++;
    }
    yield text;
  }
  yield `${JSON.stringify({ kind: 'end', ...counts })}\n`;
}
