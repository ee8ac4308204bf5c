import { limits } from '../../limits.ts';
import { ApiProblem } from './problem.ts';

/** How many connections may be kept busy with the feed; what is taken is given back when the answer has ended. */
export type FollowerPlaces = {
  /** @throws ApiProblem rate_limited */
  follow(orgId: string): () => void;
  /** @throws ApiProblem rate_limited */
  snapshot(): () => void;
};

const retrySeconds = 5;

/** The places of one process: limits.followersPerOrganizationMax for each organization, and some for snapshots. */
export function createFollowerPlaces(): FollowerPlaces {
  const following = new Map<string, number>();
  let snapshots = 0;
  return {
    follow(orgId) {
      const count = following.get(orgId) ?? 0;
      if (count >= limits.followersPerOrganizationMax) {
        throw full(`This organization follows its feed ${count} times already on this server`);
      }
      following.set(orgId, count + 1);
      return once(() => {
        const left = (following.get(orgId) ?? 1) - 1;
        if (left === 0) following.delete(orgId);
        else following.set(orgId, left);
      });
    },
    snapshot() {
      if (snapshots >= limits.snapshotsMax) throw full(`${snapshots} snapshots are being sent`);
      snapshots++;
      return once(() => {
        snapshots--;
      });
    },
  };
}

const full = (what: string) =>
  new ApiProblem('rate_limited', `${what}. Come back in ${retrySeconds} seconds.`, {}, retrySeconds);

function once(giveBack: () => void): () => void {
  let isGiven = false;
  return () => {
    if (!isGiven) giveBack();
    isGiven = true;
  };
}
