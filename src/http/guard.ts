import type { FastifyInstance } from 'fastify';

/**
 * Who may call a route: anyone, whoever has a SCIM token of the organization, or the operator. The hook that enforces a
 * guard is set where the routes of that guard are registered.
 */
export type Guard = 'public' | 'scim-token' | 'operator';

const guards: readonly Guard[] = ['public', 'scim-token', 'operator'];

declare module 'fastify' {
  interface FastifyContextConfig {
    guard?: Guard;
  }
}

/** Makes every route say who may call it: one that does not stops the boot (security.md R1). Set it before all routes. */
export function requireGuards(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    const guard = route.config?.guard;
    if (guard === undefined || !guards.includes(guard)) {
      throw new Error(`the route ${String(route.method)} ${route.url} does not declare its guard`);
    }
  });
}
