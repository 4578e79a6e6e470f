/** The systems that the daemon runs, and their code, which is loaded when they run. */
import { onDaemonChange, readDaemon } from './connection.ts';
import { complain } from './notices.ts';
import { createState, type SharedState } from './state.ts';
import type { PageSystem, PageSystemEntry } from './system.ts';
import { loadTexts } from './texts/index.ts';

export interface RunningSystems {
  /** In the order of `web/src/systems/index.ts`. */
  readonly systems: readonly PageSystem[];
  /** Names of systems whose code is being loaded. */
  readonly loading: readonly string[];
}

let entries: readonly PageSystemEntry[] = [];
const running: SharedState<RunningSystems> = createState<RunningSystems>({ systems: [], loading: [] });
export const useRunningSystems: () => RunningSystems = running.use;
/** The same, for code outside of components. */
export const runningSystems = (): readonly PageSystem[] => running.get().systems;

const loaded = new Map<string, PageSystem>();
const loading = new Set<string>();
let wasOpen = false;

const namesThatRun = (): ReadonlySet<string> =>
  new Set(
    readDaemon()
      .systems.filter(({ isRunning }) => isRunning)
      .map(({ name }) => name),
  );

function publish(): void {
  const names = namesThatRun();
  running.set({
    systems: entries.flatMap(({ name }) => (names.has(name) ? (loaded.get(name) ?? []) : [])),
    loading: [...loading].filter((name) => names.has(name)),
  });
}

function onDaemon(): void {
  const isOpen = readDaemon().connection === 'open';
  const names = namesThatRun();
  if (isOpen) for (const entry of entries) if (names.has(entry.name)) void load(entry);
  publish();
  if (isOpen && !wasOpen) for (const { start } of runningSystems()) start?.();
  wasOpen = isOpen;
}

async function load(entry: PageSystemEntry): Promise<void> {
  const { name } = entry;
  if (loaded.has(name) || loading.has(name)) return;
  loading.add(name);
  try {
    const system = await entry.load();
    await loadTexts();
    loaded.set(name, system);
    if (readDaemon().connection === 'open') system.start?.();
  } catch (error) {
    // The next change that the daemon reports loads it again.
    complain(error);
  }
  loading.delete(name);
  publish();
}

const isSettled = (): boolean => readDaemon().connection !== 'connecting' && loading.size === 0;

/** Resolves when it is known which systems run, and their code is there. */
export function whenSettled(): Promise<void> {
  return new Promise((resolve) => {
    if (isSettled()) return resolve();
    const stop = running.subscribe(() => {
      if (!isSettled()) return;
      stop();
      resolve();
    });
  });
}

/** Once, at the start of the page. */
export function watchSystems(all: readonly PageSystemEntry[]): void {
  entries = all;
  onDaemonChange(onDaemon);
}
