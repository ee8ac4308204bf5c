import { ProvisioningFailure } from './failure.ts';
import type { Auth } from './options.ts';
import type { Transport } from './transport.ts';

/** Makes the Authorization header; `renew` gets a new access token and tells whether there is one. */
export type Authorization = { header(): string; renew(): Promise<boolean> };

/** Okta's ways to authenticate (okta-wire.md §1.2). OAuth is the code grant's refresh token, never client credentials. */
export function authorization(auth: Auth, transport: Transport, timeoutMs: number): Authorization {
  const fixed = (header: string): Authorization => ({ header: () => header, renew: async () => false });
  if (auth.mode === 'header') return fixed(auth.token);
  if (auth.mode === 'bearer') return fixed(`Bearer ${auth.token}`);
  if (auth.mode === 'basic') {
    const encoded = Buffer.from(`${auth.username}:${auth.password}`).toString('base64');
    return fixed(`Basic ${encoded}`);
  }
  const { refresh } = auth;
  let accessToken = auth.accessToken;
  return {
    header: () => `Bearer ${accessToken}`,
    renew: async () => {
      if (!refresh) return false;
      const url = new URL(refresh.tokenUrl);
      const body = new URLSearchParams({
        grant_type: 'refresh_token',
        refresh_token: refresh.refreshToken,
        client_id: refresh.clientId,
        client_secret: refresh.clientSecret,
      }).toString();
      const headers = ['Accept', 'application/json', 'Content-Type', 'application/x-www-form-urlencoded'];
      headers.push('Content-Length', String(Buffer.byteLength(body)), 'Host', url.host, 'Connection', 'Keep-Alive');
      const answer = await transport.exchange({ method: 'POST', url, headers, body, timeoutMs });
      const token =
        answer.status === 200 ? (JSON.parse(answer.text) as { access_token?: unknown }).access_token : undefined;
      if (typeof token !== 'string') throw new ProvisioningFailure('The access token could not be refreshed.', answer);
      accessToken = token;
      return true;
    },
  };
}
