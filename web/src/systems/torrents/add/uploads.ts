/** What is being sent to the peer at the moment. */
import { useSyncExternalStore } from 'react';

export interface Uploading {
  readonly id: number;
  readonly name: string;
  readonly sent: number;
  readonly total: number;
  readonly stop: () => void;
}

let uploads: readonly Uploading[] = [];
let nextId = 1;
const listeners = new Set<() => void>();

function set(next: readonly Uploading[]): void {
  uploads = next;
  for (const listener of listeners) listener();
}

export function trackUpload(
  name: string,
  stop: () => void,
): { readonly progress: (sent: number, total: number) => void; readonly end: () => void } {
  const id = nextId++;
  set([...uploads, { id, name, sent: 0, total: 0, stop }]);
  return {
    progress: (sent, total) => set(uploads.map((one) => (one.id === id ? { ...one, sent, total } : one))),
    end: () => set(uploads.filter((one) => one.id !== id)),
  };
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useUploads(): readonly Uploading[] {
  return useSyncExternalStore(subscribe, () => uploads);
}
