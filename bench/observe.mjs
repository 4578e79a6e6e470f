/**
 * Preloaded (`--import`) into the Node programs under measurement: watches how long the event loop is held up and, on
 * SIGUSR2 or at the end, writes what it saw to the file in SHOAL_BENCH_OBSERVE as JSON, all delays in milliseconds.
 * Plain JavaScript, so that nothing here costs the memory of a compiler.
 */
import { writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

/** The timer behind the histogram; a delay is what an interval lasts longer than this. */
const RESOLUTION_MS = 5;
const LIMIT_MS = 20;

const path = process.env.SHOAL_BENCH_OBSERVE;
if (isMainThread && path !== undefined) {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  // Loading the program is measured elsewhere: what counts is what comes after the first turns of the loop.
  setTimeout(() => setTimeout(() => histogram.reset(), 4 * RESOLUTION_MS).unref(), 0).unref();
  const late = (nanoseconds) => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
  const write = () => {
    const { count, max } = histogram;
    // How many samples were later than the project allows.
    let over = 0;
    while (over < count && late(histogram.percentile((100 * (count - over)) / count)) > LIMIT_MS) over++;
    const delays = {
      p50: late(histogram.percentile(50)),
      p99: late(histogram.percentile(99)),
      p999: late(histogram.percentile(99.9)),
    };
    writeFileSync(path, JSON.stringify({ count, over, ...delays, max: late(max) }));
  };
  process.on('SIGUSR2', write);
  process.on('exit', write);
}
