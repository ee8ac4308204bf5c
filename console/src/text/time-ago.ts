const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'short' });
const steps = [
  { unit: 'day', seconds: 86_400 },
  { unit: 'hour', seconds: 3_600 },
  { unit: 'minute', seconds: 60 },
] as const;

/** How long before `now` a moment was, in the largest unit that fits: "3 min. ago". Under a minute: "just now". */
export function timeAgo(moment: Date, now: Date): string {
  const seconds = Math.max(0, (now.getTime() - moment.getTime()) / 1000);
  const step = steps.find((candidate) => seconds >= candidate.seconds);
  return step === undefined ? 'just now' : relative.format(-Math.floor(seconds / step.seconds), step.unit);
}
