/** What a command has of the process that runs it. */
export type Surroundings = {
  env: Readonly<Record<string, string | undefined>>;
  /** Writes to standard output, which with --json holds one JSON document and nothing else. */
  out: (text: string) => void;
  /** Writes to standard error. */
  err: (text: string) => void;
  /** Whether a person reads standard output as it comes. */
  isTerminal: boolean;
  /** How many characters a line of the terminal has; undefined where nobody reads it on one. */
  width?: number | undefined;
};
