// What starting left behind is collected once, unless the heap is large.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';

const MODULE = new URL('./garbage.ts', import.meta.url).href;

/** In a process of its own: how many whole collections one call makes, and whether `gc` is still hidden. */
function collectWith(ballastObjects: number): { collections: number; isHidden: boolean } {
  const program = `
    import { constants, PerformanceObserver } from 'node:perf_hooks';
    import { collectGarbage } from '${MODULE}';
    const ballast = Array.from({ length: ${ballastObjects} }, (_, i) => ({ i }));
    let collections = 0;
    const observer = new PerformanceObserver((list) => {
      for (const { detail } of list.getEntries()) if (detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR) collections++;
    });
    setTimeout(async () => {
      observer.observe({ entryTypes: ['gc'] });
      collectGarbage();
      // It is told of them in a later turn.
      for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
      console.log(JSON.stringify({ collections, isHidden: globalThis.gc === undefined, ballast: ballast.length }));
    }, 0);`;
  const args = ['--input-type=module-typescript', '--eval', program];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
}

test('all is collected once, and no program finds a collector', () => {
  const { collections, isHidden } = collectWith(0);
  assert.deepEqual([collections > 0, isHidden], [true, true]);
});

test('a large heap is left alone', () => {
  assert.equal(collectWith(3_000_000).collections, 0);
});
