import { Socket } from 'node:net';

/**
 * A socket that sends what is written in one turn of the event loop as one piece. A transaction writes dozens of messages at
 * once; sent one by one, each would be a system call and wake the server for a part of the work, and a vector of many small
 * buffers costs the kernel more than one buffer costs to copy.
 */
export class CorkedSocket extends Socket {
  #pieces: Buffer[] = [];

  override write(data: Uint8Array | string, ...rest: unknown[]): boolean {
    // Whoever wants to know when it was sent, or writes text, is served as by any socket, behind what waits.
    if (typeof data === 'string' || rest.length > 0) {
      this.#flush();
      return Reflect.apply(super.write, this, [data, ...rest]);
    }
    if (this.#pieces.length === 0) process.nextTick(() => this.#flush());
    this.#pieces.push(data as Buffer);
    return !this.writableNeedDrain;
  }

  #flush(): void {
    const pieces = this.#pieces;
    if (pieces.length === 0) return;
    this.#pieces = [];
    super.write(pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces));
  }
}
