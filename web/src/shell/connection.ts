/**
 * Whether the daemon answers, who asks, and which systems it runs. It is asked every few seconds, and at once when a system
 * notices that a stream of events has ended.
 */
import { ApiError, ask } from './request.ts';
import { createState, type SharedState } from './state.ts';

export type Connection = 'connecting' | 'open' | 'lost' | 'signed-out';

/** A system in the answer of the daemon. */
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
  /** The last answer; it stays while the daemon does not answer. */
  readonly systems: readonly SystemState[];
}

const ASK_MS = 5000;
const RETRY_MS = 2000;
/** A stopped process accepts connections and never answers. A busy daemon answers within this time. */
const PATIENCE_MS = 20_000;

const daemon: SharedState<DaemonState> = createState<DaemonState>({ connection: 'connecting', systems: [] });
export const { get: readDaemon, use: useDaemon, subscribe: onDaemonChange } = daemon;

let timer: ReturnType<typeof setTimeout> | undefined;
/** Number of the last question: answers to older ones are dropped. */
let question = 0;

function change(given: Partial<DaemonState>): void {
  daemon.set({ ...daemon.get(), ...given });
}

/** @param own number of the question without an answer; a late answer is dropped */
function lose(own: number): void {
  if (own === question) question++;
  timer = setTimeout(() => void checkConnection(), RETRY_MS);
  change({ connection: 'lost' });
}

/** Asks now, and again and again from then on. */
export async function checkConnection(): Promise<void> {
  clearTimeout(timer);
  const own = ++question;
  timer = setTimeout(() => lose(own), PATIENCE_MS);
  const answer = await ask<{ systems: SystemState[] }>('GET', 'systems').catch((error: unknown) => error);
  if (own !== question) return;
  clearTimeout(timer);
  if (answer instanceof ApiError && answer.status === 401) return change({ connection: 'signed-out' });
  if (answer instanceof Error) return lose(own);
  timer = setTimeout(() => void checkConnection(), ASK_MS);
  const state = daemon.get();
  const { systems } = answer as { systems: SystemState[] };
  if (state.connection === 'open' && JSON.stringify(systems) === JSON.stringify(state.systems)) return;
  change({ connection: 'open', systems });
}
