const clock = { hour: '2-digit', minute: '2-digit', second: '2-digit' } as const;
const day = { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' } as const;

/** A moment by the clock of whoever looks, with its day where that is not today, and in full on hover. */
export function ClockTime({ at }: { at: string }) {
  const moment = new Date(at);
  const isToday = moment.toDateString() === new Date().toDateString();
  return (
    <time dateTime={at} title={moment.toLocaleString()}>
      {isToday ? moment.toLocaleTimeString([], clock) : moment.toLocaleString([], day)}
    </time>
  );
}
