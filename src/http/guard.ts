import type { FastifyInstance } from 'fastify';
import { isPermission, type Permission } from '../organization/permissions.ts';
import type { TokenScope } from '../organization/token-scopes.ts';

/**
 * Who may call a route: anyone, whoever has a SCIM token of the organization, whoever may manage the organization (an API
 * key with the route's scope, or the operator), or the operator alone. The hook that enforces a guard is set where the
 * routes of that guard are registered.
 */
export type Guard = 'public' | 'scim-token' | 'management' | 'operator';

const guards: readonly Guard[] = ['public', 'scim-token', 'management', 'operator'];

declare module 'fastify' {
  interface FastifyContextConfig {
    guard?: Guard;
    /** What the caller must be allowed, on a route with the guard `management`. */
    scope?: Permission;
    /** What the token must be allowed, on a route with the guard `scim-token`; nothing if any good token will do. */
    tokenScopes?: readonly TokenScope[];
    /** Values that a body may hold, where others than `limits.jsonValuesMax`. */
    bodyValuesMax?: number;
    /** Whether the rate limits count the operations in the body, and not its size. */
    countsOperations?: boolean;
  }
}

/** Makes every route say who may call it: one that does not stops the boot (security.md R1). Set it before all routes. */
export function requireGuards(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    const { guard, scope, tokenScopes } = route.config ?? {};
    if (guard === undefined || !guards.includes(guard)) {
      throw new Error(`the route ${String(route.method)} ${route.url} does not declare its guard`);
    }
    if ((guard === 'management') !== (scope !== undefined && isPermission(scope))) {
      throw new Error(
        `the route ${String(route.method)} ${route.url} needs a scope, and only the guard management has one`,
      );
    }
    if ((guard === 'scim-token') !== (tokenScopes !== undefined)) {
      throw new Error(
        `the route ${String(route.method)} ${route.url} needs tokenScopes, and only the guard scim-token has them`,
      );
    }
  });
}
