/** One change of the source that breaks what requirements ask for, so that what holds them must fail. */
export type Mutant = {
  /** From the root of the repository. */
  file: string;
  /** A piece of the file, which must be in it once. */
  find: string;
  replace: string;
  /** Ids of test/rfc/requirements.ts. */
  breaks: readonly string[];
};
