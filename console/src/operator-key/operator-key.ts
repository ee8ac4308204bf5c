import { useSyncExternalStore } from 'react';

/**
 * The operator key lives in this tab's session storage and nowhere else. It arrives in the fragment of the link that
 * `npm start` prints: a fragment is never sent to a server, and it leaves the address bar before anything is drawn.
 */

const storageKey = 'rollcall.operator-key';
const listeners = new Set<() => void>();
let isRefused = false;

/** The key of this tab, or null when there is none yet. Re-renders when it changes. */
export function useOperatorKey(): string | null {
  return useSyncExternalStore(subscribe, readOperatorKey);
}

export function readOperatorKey(): string | null {
  return sessionStorage.getItem(storageKey);
}

/** Whether the last key of this tab was given up because the server does not know it. */
export const wasKeyRefused = (): boolean => isRefused;

export function keepOperatorKey(key: string): void {
  isRefused = false;
  sessionStorage.setItem(storageKey, key);
  notify();
}

/** Gives up the key, because somebody leaves or because the server refused it. */
export function forgetOperatorKey(why: 'left' | 'refused'): void {
  isRefused = why === 'refused';
  sessionStorage.removeItem(storageKey);
  notify();
}

/** Takes the key out of the address bar now, and whenever a link with a key is pasted into the open tab. */
export function takeOperatorKeyFromAddress(): void {
  takeFromFragment();
  window.addEventListener('hashchange', takeFromFragment);
}

function takeFromFragment(): void {
  const key = new URLSearchParams(window.location.hash.slice(1)).get('key');
  if (key === null) return;
  history.replaceState(history.state, '', window.location.pathname + window.location.search);
  keepOperatorKey(key.trim());
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function notify(): void {
  for (const listener of listeners) listener();
}
