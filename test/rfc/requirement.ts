/** One thing that an RFC asks of a server, in our words, with what shows that it is so. */
export type Requirement = {
  /** RFC, section and a word: `7644-3.3-conflict`. What holds it cites it. */
  id: string;
  level: Level;
  /** `RFC 7644 §3.3`. */
  section: string;
  says: string;
} & (
  | {
      /** Transcripts, test files and samples that cite the id, from the root of the repository. */
      heldBy: readonly string[];
      /** What we chose, where the RFC leaves a choice or we go another way. */
      choice?: string;
    }
  | { choice: string }
  /** What is missing. */
  | { notYet: string }
);

/** The key word of RFC 2119, or STATED for what the RFC says without one. */
export type Level =
  | 'MUST'
  | 'MUST NOT'
  | 'REQUIRED'
  | 'SHALL'
  | 'SHALL NOT'
  | 'SHOULD'
  | 'SHOULD NOT'
  | 'RECOMMENDED'
  | 'MAY'
  | 'OPTIONAL'
  | 'STATED';
