import { Socket } from 'node:net';

/**
 * A socket that sends what is written in one turn of the event loop as one piece. A transaction writes a dozen messages at
 * once; sent one by one, each would be a system call and wake the server for a part of the work.
 */
export class CorkedSocket extends Socket {
  #isCorked = false;

  override write(...args: unknown[]): boolean {
    if (!this.#isCorked) {
      this.#isCorked = true;
      this.cork();
      process.nextTick(() => {
        this.#isCorked = false;
        this.uncork();
      });
    }
    return Reflect.apply(super.write, this, args);
  }
}
