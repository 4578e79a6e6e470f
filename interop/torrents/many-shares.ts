/**
 * How long a person with thousands of shares waits for the page: on the clock, and in computing time. The bench
 * judges the wall; tests judge the computing, because the wall also holds what other programs of the machine
 * do.
 */
import type { Browser } from 'playwright-core';
import type { Daemon } from '../../testkit/daemon.ts';
import { mainThreadMs, openMeter, openPage } from '../browser.ts';

const FRAMES = 120;

/** Milliseconds. */
export interface Waits {
  /** From the address to the last of a thousand rows that can be found. */
  readonly usable: number;
  /** From the last letter of a search to its answer, with a thousand shares. */
  readonly input: number;
  /** The middle one and the worst, while ten thousand shares scroll by. */
  readonly frame: number;
  readonly worstFrame: number;
}

/** Milliseconds of computing behind them. */
export interface Computing {
  readonly serving: number;
  readonly loading: number;
  readonly searching: number;
  readonly frame: number;
}

/** @param daemon one without shares; it gets ten thousand */
export async function measureManyShares(
  browser: Browser,
  daemon: Daemon,
): Promise<{ readonly waits: Waits; readonly computing: Computing }> {
  await addShares(daemon, 0, 1000);
  const { page, context } = await openPage(browser, 'about:blank');
  const meter = await openMeter(page);
  const from = performance.now();
  const idleMs = daemon.cpuTimeMs();
  await page.goto(daemon.page, { waitUntil: 'commit' });
  await page.getByRole('grid').getByText('Share number 999', { exact: true }).waitFor();
  const usable = performance.now() - from;
  const serving = daemon.cpuTimeMs() - idleMs;
  const loading = await mainThreadMs(meter);
  const typed = performance.now();
  await page.getByRole('searchbox').fill('number 123');
  await page.getByRole('grid').getByText('Share number 123', { exact: true }).waitFor();
  const input = performance.now() - typed;
  const searching = (await mainThreadMs(meter)) - loading;
  await page.getByRole('searchbox').fill('');
  await addShares(daemon, 1000, 10_000);
  await page.goto('about:blank');
  await page.goto(daemon.page);
  await page.getByRole('grid').getByText('Share number 9999', { exact: true }).waitFor();
  const restingMs = await mainThreadMs(meter);
  const frames = await page.evaluate(async (count) => {
    const grid = document.querySelector('[role=grid]')!;
    const times: number[] = [];
    let last = performance.now();
    for (let i = 0; i < count; i++) {
      grid.scrollTop += 900;
      await new Promise(requestAnimationFrame);
      const now = performance.now();
      times.push(now - last);
      last = now;
    }
    return times.sort((a, b) => a - b);
  }, FRAMES);
  const frame = ((await mainThreadMs(meter)) - restingMs) / FRAMES;
  await context.close();
  return {
    waits: { usable, input, frame: frames[FRAMES / 2]!, worstFrame: frames.at(-1)! },
    computing: { serving, loading, searching, frame },
  };
}

async function addShares(daemon: Daemon, from: number, to: number): Promise<void> {
  let next = from;
  const work = async (): Promise<void> => {
    while (next < to) {
      const i = next++;
      const link = `magnet:?xt=urn:btih:${i.toString(16).padStart(40, '0')}&dn=Share+number+${i}`;
      await daemon.ask('POST', 'shares', { link, isPaused: true });
    }
  };
  await Promise.all(Array.from({ length: 16 }, work));
}
