// Web seeds (BEP 19) of servers as they are: redirects to mirrors, whole files only, errors that are to be told.
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { createPrng } from '../../src/ground/prng.ts';
import { Bench } from '../../testkit/bench.ts';
import { firstDifference } from '../../testkit/files.ts';

let bench: Bench;
let data: string;
const servers: Server[] = [];
before(async () => {
  bench = await Bench.open();
  data = await bench.makeData();
});
after(async () => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  await bench.close();
});

type Answer = (path: string, request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

interface WebServer {
  /** With a slash at its end. */
  readonly url: string;
  /** Paths that were asked for, in order. */
  readonly asked: string[];
}

async function serve(answer: Answer): Promise<WebServer> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url!.slice(1));
    asked.push(path);
    void answer(path, request, response);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, asked };
}

/** As web servers do, with ranges. */
const withRanges: Answer = async (path, request, response) => {
  const content = await readFile(join(dirname(data), path));
  const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
  if (from === undefined) return void response.end(content);
  const range = `bytes ${from}-${to}/${content.length}`;
  response.writeHead(206, { 'content-range': range }).end(content.subarray(Number(from), Number(to) + 1));
};

/** The whole file, whatever was asked for. */
const withoutRanges: Answer = async (path, _, response) =>
  void response.end(await readFile(join(dirname(data), path)));

let count = 0;

/** Fetches a share from these servers alone. @returns where it lies */
async function fetchFrom(
  source: string,
  urls: readonly string[],
  more: readonly string[] = [],
): Promise<string> {
  const torrent = join(bench.dir, `${count}.torrent`);
  const seeds = urls.flatMap((url) => ['--web-seed', url]);
  await bench
    .shoal(['create', source, ...seeds, '-o', torrent, '--piece-length', '64K', ...more])
    .event('created');
  const out = await bench.folder(`out${count++}`);
  await bench.shoal(['get', torrent, '-o', out, '--port', '0']).event('done');
  return out;
}

test('each file may lie on another mirror: absolute, relative, with every status of a redirect', async () => {
  const mirrors = [await serve(withRanges), await serve(withRanges)];
  const statuses = [301, 302, 303, 307, 308];
  const placeOf = (path: string): string => {
    if (path === 'data/z.bin') return `/here/${path}`;
    return `${mirrors[path === 'data/a.bin' ? 0 : 1]!.url}${encodeURI(path)}`;
  };
  let count = 0;
  const chooser = await serve((path, request, response) => {
    if (path.startsWith('here/')) return withRanges(path.slice(5), request, response);
    response.writeHead(statuses[count++ % statuses.length]!, { location: placeOf(path) }).end();
  });
  const out = await fetchFrom(data, [chooser.url]);
  assert.equal(await firstDifference(data, join(out, 'data')), undefined);
  assert.ok(mirrors[1]!.asked.includes('data/sub/exact') && chooser.asked.includes('here/data/z.bin'));
  // One range a piece of 64 KiB, four at once: the first ones ask where the file lies, the rest know.
  const isLarge = (path: string): boolean => path === 'data/a.bin';
  const ranges = mirrors[0]!.asked.filter(isLarge).length;
  const redirects = chooser.asked.filter(isLarge).length;
  assert.ok(redirects <= 4 && ranges > 40, `${redirects} redirects for ${ranges} ranges`);
});

test('a mirror that fails is left, and the address in the torrent asked again', async () => {
  let given = 0;
  const bad = await serve((path, request, response) => {
    if (++given > 2) return void response.writeHead(503).end('busy');
    return withRanges(path, request, response);
  });
  const good = await serve(withRanges);
  const chooser = await serve((path, _, response) => {
    const mirror = given > 2 ? good : bad;
    response.writeHead(302, { location: `${mirror.url}${encodeURI(path)}` }).end();
  });
  const out = await fetchFrom(join(data, 'a.bin'), [`${chooser.url}data/a.bin`]);
  assert.deepEqual(await readFile(join(out, 'a.bin')), await readFile(join(data, 'a.bin')));
  assert.ok(good.asked.length > 0);
});

for (const version of ['v1', 'v2', 'hybrid'])
  test(`a server without ranges: a folder, ${version}`, async () => {
    const server = await serve(withoutRanges);
    const out = await fetchFrom(data, [server.url], [`--${version}`]);
    assert.equal(await firstDifference(data, join(out, 'data')), undefined);
    // Each file was read once, besides the tries that found out.
    const whole = server.asked.filter((path) => path === 'data/z.bin').length;
    assert.ok(whole >= 1 && whole <= 6, `z.bin was asked for ${whole} times`);
  });

test('a server without ranges: one large file, behind a redirect, after it was cut off once', async () => {
  const large = join(bench.dir, 'origin', 'large');
  await mkdir(large, { recursive: true });
  await writeFile(join(large, 'film.bin'), createPrng(7).fill(new Uint8Array(20_000_000)));
  let answers = 0;
  const server = await serve(async (path, request, response) => {
    if (path.startsWith('old/')) return void response.writeHead(301, { location: `/${path.slice(4)}` }).end();
    const content = await readFile(join(bench.dir, 'origin', path));
    response.writeHead(200, { 'content-length': content.length });
    // Those that ask for a range learn that there are none.
    if (request.headers.range === undefined && ++answers === 1) {
      response.write(content.subarray(0, 9_000_000), () => response.destroy());
    } else response.end(content);
  });
  const out = await fetchFrom(join(large, 'film.bin'), [`${server.url}old/large/film.bin`]);
  assert.deepEqual(await readFile(join(out, 'film.bin')), await readFile(join(large, 'film.bin')));
  assert.equal(answers, 2);
});

test('why a web seed gives nothing is told', async () => {
  const cases: readonly (readonly [string, Answer, RegExp])[] = [
    [
      'gone',
      (_, __, response) => void response.writeHead(404).end('gone'),
      /HTTP status 404: it has no such page/,
    ],
    [
      'busy',
      (_, __, response) => void response.writeHead(503, { 'retry-after': '3600' }).end('busy'),
      /HTTP status 503: .*; it asks to come back in 3600 s/,
    ],
    [
      'page',
      (_, __, response) => void response.end('<html>not found</html>'),
      /has a file of 22 bytes there, and the share one of 3000001/,
    ],
    [
      'circle',
      (path, _, response) => void response.writeHead(302, { location: `/${path}` }).end(),
      /redirected over 8 times/,
    ],
    [
      'file',
      (_, __, response) => void response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
      /only http and https/,
    ],
  ];
  for (const [name, answer, reason] of cases) {
    const { url } = await serve(answer);
    const torrent = join(bench.dir, `${name}.torrent`);
    await bench
      .shoal(['create', join(data, 'a.bin'), '--web-seed', `${url}a.bin`, '-o', torrent])
      .event('created');
    const get = bench.shoal(['get', torrent, '-o', await bench.folder(name), '--port', '0']);
    const told = (trouble: unknown): boolean => typeof trouble === 'string' && reason.test(trouble);
    await get.until(() => get.events.find(({ trouble }) => told(trouble)), `progress that says ${reason}`);
    await get.stop();
  }
});
