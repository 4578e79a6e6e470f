/** State outside of components, for all code. A component that uses it is drawn again when it changes. */
import { useSyncExternalStore } from 'react';

export interface SharedState<T> {
  readonly get: () => T;
  readonly set: (next: T) => void;
  readonly use: () => T;
  /** @returns how to stop listening */
  readonly subscribe: (listener: () => void) => () => void;
}

export function createState<T>(initial: T): SharedState<T> {
  let state = initial;
  const listeners = new Set<() => void>();
  const get = (): T => state;
  const subscribe = (listener: () => void): (() => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  return {
    get,
    subscribe,
    set: (next) => {
      state = next;
      for (const listener of listeners) listener();
    },
    use: () => useSyncExternalStore(subscribe, get),
  };
}
