import { Socket } from 'node:net';

/**
 * A socket that sends what is written in one turn of the event loop as one piece. A transaction writes dozens of messages at
 * once; sent one by one, each would be a system call and wake the server for a part of the work.
 */
export function corkedSocket(): Socket {
  const socket = new Socket();
  const send: Socket['write'] = socket.write.bind(socket);
  let pieces: Buffer[] = [];
  const flush = (): void => {
    if (pieces.length === 0) return;
    const waiting = pieces;
    pieces = [];
    send(waiting.length === 1 ? (waiting[0] as Buffer) : Buffer.concat(waiting));
  };
  const gather = (data: Uint8Array | string, ...rest: unknown[]): boolean => {
    // Whoever wants to know when it was sent, or writes text, is served as by any socket, behind what waits.
    if (typeof data === 'string' || rest.length > 0) {
      flush();
      return Reflect.apply(send, socket, [data, ...rest]);
    }
    // Whoever is called because of this write, such as the transaction behind, has its say in the next tick.
    if (pieces.length === 0) process.nextTick(() => process.nextTick(flush));
    pieces.push(data as Buffer);
    return !socket.writableNeedDrain;
  };
  // Connecting gives a socket the write of its class back.
  socket.once('connect', () => {
    socket.write = gather;
  });
  return socket;
}
