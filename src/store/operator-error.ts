/** What went wrong, for programs; the message is for people. */
export type OperatorErrorCode =
  | 'built_in_missing'
  | 'built_in_failed'
  | 'connection_lost'
  | 'database_newer'
  | 'database_too_old'
  | 'database_unreachable'
  | 'data_directory_in_use'
  | 'data_directory_unusable'
  | 'migration_changed'
  | 'migration_failed'
  | 'port_unusable'
  | 'setting_invalid'
  | 'locked'
  | 'forbidden'
  | 'not_found'
  | 'refused'
  | 'changed'
  | 'too_soon'
  | 'unconfirmed'
  | 'unplanned';

/** Where in what was given the fault is: a JSON Pointer, such as `/addresses/0`. */
type At = { at?: string | undefined };

/**
 * A failure that the person who runs Rollcall can do something about. The message is one sentence that names the thing,
 * the cause and the way out, and is printed without a stack.
 */
export class OperatorError extends Error {
  code: OperatorErrorCode;
  declare readonly at?: string;

  constructor(code: OperatorErrorCode, message: string, options: ErrorOptions & At = {}) {
    super(message, options);
    this.name = 'OperatorError';
    this.code = code;
    if (options.at !== undefined) this.at = options.at;
  }
}
