import dns2, { type DnsHandler, Packet } from 'dns2';

/** What a DNS server of a test has under a name; `servfail` fails, `silent` never answers. */
export type DnsEntry = { txt: string[][] } | { cname: string } | { other: true } | 'servfail' | 'silent';

export type TestDnsServer = AsyncDisposable & {
  /** For `ROLLCALL_DNS_SERVERS`. */
  address: string;
  /** Names in lower case; what is not here does not exist. */
  entries: Map<string, DnsEntry>;
};

/** A real DNS server on this machine, on a port of its own. */
export async function startDnsServer(): Promise<TestDnsServer> {
  const entries = new Map<string, DnsEntry>();
  const handle: DnsHandler = (request, send) => {
    const [question] = request.questions;
    const response = Packet.createResponseFromRequest(request);
    let name = question?.name.toLowerCase() ?? '';
    for (let hops = 0; hops < 5; hops++) {
      const entry = entries.get(name);
      if (entry === 'silent') return;
      if (entry === 'servfail') return send(Packet.createErrorResponseFromRequest(request, 2));
      if (entry === undefined) {
        response.header.rcode = 3;
        break;
      }
      const owner = name;
      // The server makes the rest of a record by itself, which its types do not say.
      const answers = response.answers as unknown[];
      const answer = (record: Record<string, unknown>) =>
        answers.push({ name: owner, class: Packet.CLASS.IN, ttl: 1, ...record });
      if (!('cname' in entry)) {
        if ('txt' in entry && question?.type === Packet.TYPE.TXT) {
          for (const data of entry.txt) answer({ type: Packet.TYPE.TXT, data });
        }
        break;
      }
      answer({ type: Packet.TYPE.CNAME, domain: entry.cname });
      name = entry.cname;
    }
    return send(response);
  };
  const server = dns2.createServer({ udp: true, tcp: false, handle });
  const addresses = await server.listen({ udp: { port: 0, address: '127.0.0.1' } });
  const { port } = addresses.udp as { port: number };
  return { address: `127.0.0.1:${port}`, entries, [Symbol.asyncDispose]: async () => server.close() };
}
