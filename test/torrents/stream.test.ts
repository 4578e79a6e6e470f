// Reading a share while it loads: over HTTP, with ranges, several readers at once, and seeks.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createPrng } from '../../src/ground/prng.ts';
import { Bench } from '../../testkit/bench.ts';
import { Daemon } from '../../testkit/daemon.ts';
import { waitUntil } from '../../testkit/wait.ts';

const SIZE = 48 * 1024 * 1024;
/** Bytes a second of the seed: otherwise loopback has all of it before anybody asks. */
const RATE = 6 * 1024 * 1024;
/**
 * A seek is answered within a second. The other bytes that come meanwhile show it even on a machine that is
 * busy with other things: no more than a second of the line.
 */
const SEEK_BYTES = RATE;
/** 244 bytes, and in an address 724 characters. */
const LONG_NAME = `${'ü'.repeat(120)}.txt`;

let bench: Bench;
let film: Buffer;
let magnet: string;
before(async () => {
  bench = await Bench.open();
  film = Buffer.from(createPrng(7).fill(new Uint8Array(SIZE)).buffer);
  const folder = join(bench.dir, 'Films');
  await mkdir(join(folder, 'extras'), { recursive: true });
  await writeFile(join(folder, 'film.mp4'), film);
  await writeFile(join(folder, 'film.srt'), '1\r\n00:00:01,000 --> 00:00:02,500\r\nGrüß Gott\r\n');
  await writeFile(join(folder, 'extras', 'page.html'), '<script>alert(1)</script>');
  await writeFile(join(folder, 'extras', LONG_NAME), 'long\n');
  const seed = bench.shoal(['share', folder, '--port', '0', '--limit-up', `${RATE}`]);
  magnet = (await seed.event('ready')).magnet as string;
});
after(() => bench.close());

interface File {
  readonly index: number;
  readonly path: string;
  readonly url: string;
  readonly done: number;
}

interface Opened {
  readonly daemon: Daemon;
  readonly files: readonly File[];
}

const filesOf = async (daemon: Daemon): Promise<readonly File[]> =>
  (await daemon.ask<{ files: readonly File[] }>('GET', 'shares/1/files')).files;

async function open(name: string, body: object): Promise<Opened> {
  const daemon = await Daemon.up(bench, name);
  await daemon.ask('POST', 'shares', { link: magnet, ...body });
  const files = await waitUntil(async () => {
    const known = await filesOf(daemon);
    return known.length > 0 ? known : undefined;
  }, 'what is in it is known');
  return { daemon, files };
}

/** Until data has come and no more is coming: a share that still fetched would show a rate, or all of it. */
async function untilNothingComes(daemon: Daemon): Promise<void> {
  await daemon.untilShares('data came', ([share]) => share!.doneBytes > 0);
  await daemon.untilShares('no more comes', ([share]) => share!.downloadRate < 1);
}

const find = (files: readonly File[], name: string): File => files.find(({ path }) => path.endsWith(name))!;

const doneOf = async (daemon: Daemon): Promise<number> => find(await filesOf(daemon), 'film.mp4').done;

/** @returns also when the first bytes came, and what else had come by then */
async function read(
  daemon: Daemon,
  url: string,
  range: string,
): Promise<{ readonly bytes: Buffer; readonly firstMs: number; readonly passedBytes: number }> {
  const from = performance.now();
  const before = await doneOf(daemon);
  const response = await daemon.fetch(url, { headers: { range } });
  assert.equal(response.status, 206);
  const chunks: Uint8Array[] = [];
  let [firstMs, passedBytes] = [0, 0];
  for await (const chunk of response.body!) {
    if (chunks.length === 0) {
      firstMs = performance.now() - from;
      passedBytes = (await doneOf(daemon)) - before;
    }
    chunks.push(chunk);
  }
  return { bytes: Buffer.concat(chunks), firstMs, passedBytes };
}

test('playing begins at once and a seek is answered within a second, while the rest loads', async () => {
  const { daemon, files } = await open('player', {});
  const target = find(files, 'film.mp4').url;
  const spots = [0, 40, 7, 33, 20].map((mib) => mib * 1024 * 1024);
  const waits: string[] = [];
  for (const spot of spots) {
    const { bytes, firstMs, passedBytes } = await read(daemon, target, `bytes=${spot}-${spot + 999_999}`);
    assert.equal(bytes.compare(film, spot, spot + 1_000_000), 0, `what is at ${spot}`);
    assert.ok(passedBytes < SEEK_BYTES, `${passedBytes} bytes came before those at ${spot}`);
    waits.push(`${Math.round(firstMs)} ms (${Math.round(passedBytes / 1024)} KiB)`);
  }
  console.log(`  first bytes after ${waits.join(', ')}`);
  const { done } = find(await filesOf(daemon), 'film.mp4');
  assert.ok(done < SIZE, 'it was not all here by then, or this test shows nothing');
});

test('several read at once, and all of it arrives whole', async () => {
  const { daemon, files } = await open('several', {});
  const target = find(files, 'film.mp4').url;
  const half = SIZE / 2;
  const readers = await Promise.all([
    read(daemon, target, `bytes=0-${half - 1}`),
    read(daemon, target, `bytes=${half}-`),
    read(daemon, target, 'bytes=-1000'),
  ]);
  const [first, second, tail] = readers.map(({ bytes }) => bytes);
  assert.equal(
    createHash('sha256').update(first!).update(second!).digest('hex'),
    createHash('sha256').update(film).digest('hex'),
  );
  assert.equal(tail!.compare(film, SIZE - 1000), 0);
});

test('on demand, only what is read is fetched', async () => {
  const { daemon, files } = await open('demand', { isOnDemand: true });
  const target = find(files, 'film.mp4').url;
  await read(daemon, target, 'bytes=30000000-30000999');
  await untilNothingComes(daemon);
  const { done } = find(await filesOf(daemon), 'film.mp4');
  assert.ok(done > 0 && done < 4 * 1024 * 1024, `${done} bytes were fetched for a thousand`);
});

test('ranges, conditions, types, subtitles and playlists are what players expect', async () => {
  const { daemon, files } = await open('types', {});
  const target = find(files, 'film.mp4').url;
  const head = await daemon.fetch(target, { method: 'HEAD' });
  assert.deepEqual(
    ['content-type', 'content-length', 'accept-ranges'].map((name) => head.headers.get(name)),
    ['video/mp4', `${SIZE}`, 'bytes'],
  );
  const etag = head.headers.get('etag')!;
  assert.equal((await daemon.fetch(target, { headers: { 'if-none-match': etag } })).status, 304);
  const past = await daemon.fetch(target, { headers: { range: `bytes=${SIZE}-` } });
  assert.deepEqual([past.status, past.headers.get('content-range')], [416, `bytes */${SIZE}`]);
  const stale = await daemon.fetch(target, {
    method: 'HEAD',
    headers: { range: 'bytes=0-1', 'if-range': '"other"' },
  });
  assert.equal(stale.status, 200);

  const page = await daemon.fetch(find(files, 'page.html').url);
  assert.equal(page.headers.get('content-type'), 'application/octet-stream');
  assert.match(page.headers.get('content-disposition')!, /^attachment/);
  assert.match(page.headers.get('content-security-policy')!, /^sandbox;/);

  const subtitles = await daemon.fetch(`${find(files, 'film.srt').url}?as=vtt`);
  assert.equal(await subtitles.text(), 'WEBVTT\n\n1\n00:00:01.000 --> 00:00:02.500\nGrüß Gott\n');
  const playlist = await (await daemon.fetch('/files/1/playlist.m3u')).text();
  assert.equal(playlist, `#EXTM3U\n#EXTINF:-1,film.mp4\n${new URL(target, daemon.url).href}\n`);
  const long = await daemon.fetch(find(files, LONG_NAME).url, {
    headers: { range: 'bytes=1-9223372036854775807' },
  });
  assert.deepEqual([long.status, long.headers.get('content-range')], [206, 'bytes 1-4/5']);
  assert.equal(await long.text(), 'ong\n');
  assert.equal((await daemon.fetch('/files/1/99')).status, 404);
  assert.equal((await daemon.fetch('/files/9/0')).status, 404);
});

test('a reader that goes stops asking; one that a pause leaves behind is told', async () => {
  const { daemon, files } = await open('gone', { isOnDemand: true });
  const target = find(files, 'film.mp4').url;
  const gone = new AbortController();
  const response = await daemon.fetch(target, { signal: gone.signal });
  await response.body!.getReader().read();
  gone.abort();
  await untilNothingComes(daemon);
  const { done } = find(await filesOf(daemon), 'film.mp4');
  assert.ok(done < SIZE, `nobody reads, so no more is fetched: ${done} of ${SIZE}`);

  const reader = (await daemon.fetch(target)).body!.getReader();
  await reader.read();
  await daemon.ask('PATCH', 'shares/1', { isPaused: true });
  const readToEnd = async (): Promise<void> => {
    while (!(await reader.read()).done);
  };
  await assert.rejects(readToEnd(), 'the rest does not come');
  const refused = await daemon.fetch(target);
  assert.equal(refused.status, 409);
  assert.match(((await refused.json()) as { message: string }).message, /start it first/);
});
