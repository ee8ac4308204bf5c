/** A value that the server refuses, by its JSON Pointer in the body, and why. */
export type Fault = { pointer: string; detail: string };

/** An answer of the operator API that is no success. `status` is 0 when there was no answer at all. */
export class ApiError extends Error {
  readonly status: number;
  /** The values that it refuses, where the server names them. */
  readonly faults: readonly Fault[];

  constructor(status: number, message: string, faults: readonly Fault[] = []) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.faults = faults;
  }
}

/** What went wrong, in a sentence. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
