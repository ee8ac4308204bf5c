import { fileURLToPath } from 'node:url';
import { startChild } from './child.ts';
import type { Target } from './target.ts';

const program = fileURLToPath(new URL('scimmy-server.js', import.meta.url));

/** Starts SCIMMY with its routers; it keeps everything in memory. */
export async function startScimmy(): Promise<Target> {
  const server = await startChild([program]);
  const { baseUrl, token } = server.printed as { baseUrl: string; token: string };
  return {
    name: 'scimmy',
    baseUrl,
    authorization: `Bearer ${token}`,
    pid: server.pid,
    notes: [
      'keeps everything in memory: nothing survives its end',
      'a lookup goes through all users with the filter of SCIMMY',
    ],
    fill: undefined,
    settle: async () => undefined,
    stop: server.stop,
  };
}
