/**
 * A step of provisioning that did not work. `message` is what an admin reads as the reason. Transient
 * failures (5xx, no answer) are retried by Okta for group push, and by an admin for users.
 */
export class ProvisioningFailure extends Error {
  readonly status: number | undefined;
  readonly transient: boolean;

  constructor(message: string, { status, transient = false }: { status?: number; transient?: boolean } = {}) {
    super(message);
    this.status = status;
    this.transient = transient;
  }
}

/** The simulator lost its memory on purpose; nothing that is under way may go on. */
export class SimulatedRestart extends Error {}
