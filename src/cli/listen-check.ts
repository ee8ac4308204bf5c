import { createServer } from 'node:net';
import { OperatorError } from '../store/operator-error.ts';

/**
 * Takes the port for a moment, so that an unusable one is reported before a database is started for nothing.
 *
 * @param port 0 for any free one
 * @returns the port
 */
export async function checkPort(host: string, port: number): Promise<number> {
  return await new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', (cause: NodeJS.ErrnoException) => {
      reject(new OperatorError('port_unusable', sentenceOf(host, port, cause), { cause }));
    });
    server.listen({ host, port }, () => {
      const address = server.address();
      server.close(() => resolve(address !== null && typeof address === 'object' ? address.port : port));
    });
  });
}

function sentenceOf(host: string, port: number, { code, message }: NodeJS.ErrnoException): string {
  const otherPort = 'choose another with --port or ROLLCALL_PORT';
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} on ${host} is in use by another program: stop that program, or ${otherPort}.`;
    case 'EACCES':
      return `This account may not listen on port ${port} of ${host}: ${otherPort}.`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `This machine has no address ${host} to listen on: choose another with --host or ROLLCALL_HOST.`;
    default:
      return `Port ${port} on ${host} cannot be listened on (${message}): ${otherPort}.`;
  }
}
