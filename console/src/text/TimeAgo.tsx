import { useEffect, useState } from 'react';
import { timeAgo } from './time-ago.ts';

const tickMs = 5_000;

/** A moment as how long ago it was, with the exact time on hover; it keeps itself up to date. */
export function TimeAgo({ at }: { at: string }) {
  const now = useNow();
  const moment = new Date(at);
  return (
    <time dateTime={at} title={moment.toLocaleString()}>
      {timeAgo(moment, now)}
    </time>
  );
}

function useNow(): Date {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), tickMs);
    return () => clearInterval(timer);
  }, []);
  return now;
}
