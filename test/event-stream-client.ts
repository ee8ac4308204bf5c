/** A client of an event stream: what a browser's EventSource does, with a header for the key. */
export type EventStream = AsyncDisposable & {
  status: number;
  /** The next event; undefined when the server has ended the stream. */
  next(): Promise<{ id: string; event: string; data: Record<string, unknown> } | undefined>;
};

/** Follows the feed of an organization. `url` is that of a node. */
export async function openEventStream(
  url: string,
  organization: string,
  key: string,
  options: { after?: number; lastEventId?: string } = {},
): Promise<EventStream> {
  const abort = new AbortController();
  const response = await fetch(`${url}/api/v1/organizations/${organization}/events?after=${options.after ?? 0}`, {
    headers: {
      authorization: `Bearer ${key}`,
      accept: 'text/event-stream',
      ...(options.lastEventId === undefined ? {} : { 'last-event-id': options.lastEventId }),
    },
    signal: abort.signal,
  });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  return {
    status: response.status,
    async next() {
      for (;;) {
        const end = text.indexOf('\n\n');
        if (end === -1) {
          const chunk = await reader?.read().catch(() => undefined);
          if (chunk?.value === undefined) return undefined;
          text += chunk.value;
          continue;
        }
        const fields = new Map(
          text
            .slice(0, end)
            .split('\n')
            .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
        );
        text = text.slice(end + 2);
        const data = fields.get('data');
        if (data === undefined) continue;
        return { id: fields.get('id') ?? '', event: fields.get('event') ?? '', data: JSON.parse(data) };
      }
    },
    async [Symbol.asyncDispose]() {
      abort.abort();
      await reader?.cancel().catch(() => undefined);
    },
  };
}
