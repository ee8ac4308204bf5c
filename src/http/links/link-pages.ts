import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { escaped } from '../../mail/texts.ts';
import { type FoundLink, followMailLink, readMailLink } from '../../provisioning/follow-link.ts';
import { ScimError } from '../../scim/errors.ts';
import type { Database } from '../../store/database.ts';
import { OperatorError } from '../../store/operator-error.ts';
import type { RateLimits } from '../rate-limits.ts';

export interface LinkPagesOptions {
  readonly app: Database;
  readonly rates: Pick<RateLimits, 'spendGuess' | 'giveBackGuess'>;
  readonly now: () => Date;
}

type LinkRequest = FastifyRequest<{ Params: { link: string } }>;

/**
 * The pages that links in mail lead to; register it under /links. Opening one changes nothing, since mail programs and scanners
 * open links by themselves: the person presses a button. A link that is no longer valid shows the same page, whatever the
 * reason, so that nobody learns from it who is invited where.
 */
export async function linkPages(app: FastifyInstance, { app: db, rates, now }: LinkPagesOptions): Promise<void> {
  app.removeAllContentTypeParsers();
  // The button's form has nothing in it; everything is in the address.
  app.addContentTypeParser('*', { bodyLimit: 1_024, parseAs: 'buffer' }, (_request, _body, done) =>
    done(null, undefined),
  );
  app.setErrorHandler((error, request, reply) => sendFailure(error as Error, request, reply));

  /** Looks a link up: what is none costs its address, as a wrong token does. */
  const looked = async (request: LinkRequest, look: typeof readMailLink): Promise<FoundLink | undefined> => {
    rates.spendGuess(request.ip);
    const found = await look(db, request.params.link, now());
    if (found !== undefined) rates.giveBackGuess(request.ip);
    return found;
  };

  app.get<{ Params: { link: string } }>('/:link', { config: { guard: 'public' } }, async (request, reply) => {
    const found = await looked(request, readMailLink);
    return found === undefined ? sendOver(reply) : sendPage(reply, 200, question(found));
  });

  app.post<{ Params: { link: string } }>('/:link', { config: { guard: 'public' } }, async (request, reply) => {
    const done = await looked(request, followMailLink);
    return done === undefined ? sendOver(reply) : sendPage(reply, 200, answer(done));
  });
}

type Page = { title: string; says: readonly string[]; button?: string };

function question({ organization, purpose, address }: FoundLink): Page {
  if (purpose === 'email') {
    return {
      title: `Confirm your address at ${organization.name}`,
      says: [`${organization.name} is to know you by ${address} from now on.`],
      button: 'Confirm the address',
    };
  }
  return {
    title: `Join ${organization.name}`,
    says: [`${organization.name} has invited you.`],
    button: 'Accept the invitation',
  };
}

function answer({ organization, purpose, address }: FoundLink): Page {
  if (purpose === 'email') {
    return {
      title: 'The address is confirmed',
      says: [`${organization.name} knows you by ${address} from now on. You can close this page.`],
    };
  }
  return {
    title: `You are a member of ${organization.name}`,
    says: ['You have accepted the invitation. You can close this page.'],
  };
}

const sendOver = (reply: FastifyReply) =>
  sendPage(reply, 404, {
    title: 'This link is no longer valid',
    says: ['It was used, has expired, or was replaced by a newer one. Ask whoever sent it for another.'],
  });

function sendFailure(error: Error, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error instanceof ScimError && error.status === 429) {
    reply.header('retry-after', error.retryAfterSeconds ?? 1);
    return sendPage(reply, 429, { title: 'Too many attempts', says: ['Wait a minute, and open the link again.'] });
  }
  if (error instanceof OperatorError && error.code === 'refused') {
    const says = [
      'It cannot be done at the moment. Tell an admin of your organization, and open the link again later.',
    ];
    return sendPage(reply, 409, { title: 'Not at the moment', says });
  }
  request.log.error({ err: error }, 'a page of a link failed');
  reply.header('retry-after', 2);
  return sendPage(reply, 503, { title: 'Not at the moment', says: ['Open the link again in a moment.'] });
}

const style =
  'body{font:1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:4rem auto;padding:0 1rem;color:#1a1b1e;background:#fff}' +
  'h1{font-size:1.4rem}button{font:inherit;padding:.6rem 1.2rem;border:0;border-radius:.3rem;background:#1c5fa8;color:#fff;cursor:pointer}';

const contentSecurityPolicy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

function sendPage(reply: FastifyReply, status: number, { title, says, button }: Page): FastifyReply {
  return reply
    .code(status)
    .header('cache-control', 'no-store')
    .header('content-security-policy', contentSecurityPolicy)
    .header('referrer-policy', 'no-referrer')
    .header('x-robots-tag', 'noindex')
    .type('text/html; charset=utf-8')
    .send(
      `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">` +
        `<title>${escaped(title)}</title><style>${style}</style></head><body><main><h1>${escaped(title)}</h1>` +
        says.map((each) => `<p>${escaped(each)}</p>`).join('') +
        (button === undefined ? '' : `<form method="post"><button>${escaped(button)}</button></form>`) +
        '</main></body></html>\n',
    );
}
