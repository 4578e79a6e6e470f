/**
 * Collects what starting the program left behind, once, while nobody waits for it. V8 would do it in the middle of the first
 * transfer, when the heap has grown by half: 20 ms in which nothing is sent, and as much on other cores.
 */
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** A larger heap was collected on its way there; once more would hold up the event loop. */
const MAX_HEAP_BYTES = 32 * 1024 * 1024;

export function collectGarbage(): void {
  if (getHeapStatistics().used_heap_size > MAX_HEAP_BYTES) return;
  // Node.js offers no other way than the flag, which a new context heeds.
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  setFlagsFromString('--no-expose-gc');
  if (typeof collect === 'function') collect({ type: 'major', execution: 'sync' });
}
