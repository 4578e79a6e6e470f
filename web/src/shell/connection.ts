/**
 * Whether the daemon answers, who asks, and which systems it runs. It is asked every few seconds, and at once when a system
 * notices that a stream of events has ended.
 */
import { useSyncExternalStore } from 'react';
import { ApiError, ask } from './request.ts';

export type Connection = 'connecting' | 'open' | 'lost' | 'signed-out';

/** A system as the daemon tells it. */
export interface SystemState {
  readonly name: string;
  /** One line, in English. */
  readonly summary: string;
  /** From the next start of the daemon on. */
  readonly isOn: boolean;
  readonly isRunning: boolean;
}

export interface DaemonState {
  readonly connection: Connection;
  /** As they were told last. */
  readonly systems: readonly SystemState[];
}

const ASK_MS = 5000;
const RETRY_MS = 2000;

let state: DaemonState = { connection: 'connecting', systems: [] };
let timer: ReturnType<typeof setTimeout> | undefined;
/** Answers to older questions come too late. */
let question = 0;
const listeners = new Set<() => void>();

function set(change: Partial<DaemonState>): void {
  state = { ...state, ...change };
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Asks now, and again and again from then on. */
export async function checkConnection(): Promise<void> {
  clearTimeout(timer);
  const own = ++question;
  const answer = await ask<{ systems: SystemState[] }>('GET', 'systems').catch((error: unknown) => error);
  if (own !== question) return;
  if (answer instanceof ApiError && answer.status === 401) return set({ connection: 'signed-out' });
  const isLost = answer instanceof Error;
  timer = setTimeout(() => void checkConnection(), isLost ? RETRY_MS : ASK_MS);
  if (isLost) return set({ connection: 'lost' });
  const { systems } = answer as { systems: SystemState[] };
  if (state.connection === 'open' && JSON.stringify(systems) === JSON.stringify(state.systems)) return;
  set({ connection: 'open', systems });
}

export const readDaemon = (): DaemonState => state;

export function useDaemon(): DaemonState {
  return useSyncExternalStore(subscribe, readDaemon);
}

export const onDaemonChange = subscribe;
