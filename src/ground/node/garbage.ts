/**
 * Collects what starting the program left behind, once, while nobody waits for it. V8 would do it in the middle of the first
 * transfer, when the heap has grown by half: 20 ms in which nothing is sent, and as much on other cores.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

export function collectGarbage(): void {
  // Node.js offers no other way than the flag, which a new context heeds.
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  setFlagsFromString('--no-expose-gc');
  if (typeof collect === 'function') collect({ type: 'major', execution: 'sync' });
}
