import type { FastifyInstance } from 'fastify';
import type { Database } from '../../store/database.ts';
import type { RateLimits } from '../rate-limits.ts';
import { requireOperatorKey } from './operator-key.ts';
import { organizationRoutes } from './organizations.ts';
import { sendError, sendNoSuchRoute } from './problem.ts';
import { requestRoutes } from './requests.ts';
import { statusRoutes } from './status.ts';
import type { TypeBoxProvider } from './typebox-provider.ts';

export interface OperatorApiOptions {
  /** As the application: one organization at a time, behind row-level security. */
  readonly app: Database;
  /** As the jobs: what spans organizations. */
  readonly jobs: Database;
  readonly operatorKey: string;
  /** What wrong keys cost their address. */
  readonly rates: Pick<RateLimits, 'spendGuess'>;
  /** Where providers and browsers reach Rollcall, without a slash at the end. */
  readonly baseUrl: string;
  readonly version: string;
  readonly startedAt: Date;
  /** Whether PostgreSQL is the built-in one. */
  readonly builtIn: boolean;
  readonly now: () => Date;
}

/**
 * The operator API: what the console shows, for whoever has the operator key. It only reads. Register it under /api/v1.
 * Every answer, also of a route that does not exist, asks for the key first and is never stored by caches (R26).
 */
export async function operatorApi(app: FastifyInstance, options: OperatorApiOptions): Promise<void> {
  app.addHook('onRequest', requireOperatorKey(options.operatorKey, options.rates));
  app.addHook('onSend', async (_request, reply) => {
    reply.header('cache-control', 'no-store');
  });
  app.setErrorHandler(sendError);
  app.setNotFoundHandler(sendNoSuchRoute);

  const api = app.withTypeProvider<TypeBoxProvider>();
  statusRoutes(api, options);
  organizationRoutes(api, options);
  requestRoutes(api, options);
}
