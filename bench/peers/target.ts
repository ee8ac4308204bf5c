/** A server under load. It was started by us, or is one that runs already. */
export type Target = {
  name: string;
  /** The SCIM base URL, without a slash at its end. */
  baseUrl: string;
  /** The whole Authorization header. */
  authorization: string;
  /** Its process, if its memory and CPU time are to be measured. */
  pid: number | undefined;
  /** What the load has to leave out or say differently for it, in words, for the report. */
  notes: readonly string[];
  /** Ways around HTTP to reach a size soon, where there are any. */
  fill: Fill | undefined;
  /** Tidies the database after the filling, as autovacuum does sooner or later. */
  settle(): Promise<void>;
  stop(): Promise<void>;
};

export type Fill = {
  /** Adds the people of these numbers and returns their ids. */
  members(patternId: string, range: { from: number; to: number }): Promise<string[]>;
  /** Puts people into a group that has a member. */
  team(id: string, memberIds: readonly string[]): Promise<void>;
};
