/** Who signs people in, and who provisions them. */
import type {
  ConnectionProviderChange,
  SignInProvider,
  SignInProviderChange,
} from '../../../src/http/api/schemas/sign-in-provider.ts';
import { askWithKeptKey, pathOf, sendWithKeptKey } from './transport.ts';

export type ProviderKind = NonNullable<SignInProvider['provider']>;

/** Who signs people in and who provisions them. */
export async function loadSignIn(slug: string, signal: AbortSignal): Promise<SignInProvider> {
  return await askWithKeptKey(`${pathOf(slug)}/sign-in-provider`, signal);
}

export async function declareSignIn(slug: string, declared: SignInProviderChange): Promise<void> {
  await sendWithKeptKey('PUT', `${pathOf(slug)}/sign-in-provider`, declared);
}

/** Takes back who signs people in. */
export async function removeSignIn(slug: string): Promise<void> {
  await sendWithKeptKey('DELETE', `${pathOf(slug)}/sign-in-provider`);
}

/** Says who provisions. */
export async function setConnectionProvider(slug: string, change: ConnectionProviderChange): Promise<void> {
  await sendWithKeptKey('PUT', `${pathOf(slug)}/connection/provider`, change);
}
