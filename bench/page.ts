/** What a person waits for on the page, in Chromium: a program of its own, because it needs the types of a browser. */
import { openBrowser } from '../interop/browser.ts';
import { measureManyShares } from '../interop/torrents/many-shares.ts';
import { Bench } from '../testkit/bench.ts';
import { Daemon } from '../testkit/daemon.ts';

const bench = await Bench.open(process.argv[2]);
const browser = await openBrowser();
try {
  const { waits } = await measureManyShares(browser, await Daemon.up(bench, 'many'));
  console.log(JSON.stringify({ event: 'measured', ...waits }));
} finally {
  await browser.close();
  await bench.close();
}
