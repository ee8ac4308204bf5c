import { limits } from '../../limits.ts';
import { readInstallation } from '../../store/installation.ts';
import type { ApiOptions } from './management-api.ts';
import { Status } from './schemas/status.ts';
import type { TypedInstance } from './typebox-provider.ts';

const hourMs = 3_600_000;

export function statusRoutes(api: TypedInstance, options: ApiOptions): void {
  api.get(
    '/status',
    {
      config: { guard: 'operator' },
      schema: {
        operationId: 'readStatus',
        summary: 'What is running',
        tags: ['Operation'],
        response: { 200: Status },
      },
    },
    async () => {
      const since = new Date(options.now().getTime() - hourMs);
      const installation = await readInstallation(options.jobs, since, limits.requestCountMax);
      return {
        version: options.version,
        startedAt: options.startedAt.toISOString(),
        baseUrl: options.baseUrl,
        postgresql: { version: installation.postgresqlVersion, builtIn: options.builtIn },
        organizations: installation.organizations,
        requestsLastHour: { count: installation.requests, exact: installation.requests < limits.requestCountMax },
      };
    },
  );
}
