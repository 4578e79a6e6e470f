// Reading a share while it loads: over HTTP, with ranges, several readers at once, and seeks.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createPrng } from '../src/ground/prng.ts';
import { Bench } from '../interop/harness.ts';

const SIZE = 48 * 1024 * 1024;
// The seed is limited to 6 MiB/s: otherwise loopback has all of it before anybody asks.

const SEEK_MS = 1000;
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
  const seed = bench.shoal(['share', folder, '--port', '0', '--limit-up', '6M']);
  magnet = (await seed.event('ready')).magnet as string;
});
after(() => bench.close());

interface File {
  readonly index: number;
  readonly path: string;
  readonly url: string;
  readonly done: number;
}

async function open(
  state: string,
  body: object,
): Promise<{ readonly url: string; readonly files: readonly File[] }> {
  const folder = await bench.folder(`fetched-${state}`);
  const where = ['--download-dir', folder, '--api-port', '0', '--port', '0'];
  const up = bench.shoal(['up', ...where], { state: join(bench.dir, state) });
  const url = (await up.event('ready')).url as string;
  const added = await fetch(new URL('/api/v1/shares', url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ link: magnet, ...body }),
  });
  assert.equal(added.status, 201);
  for (const deadline = performance.now() + 20_000; performance.now() < deadline; ) {
    const { files } = (await (await fetch(new URL('/api/v1/shares/1/files', url))).json()) as {
      files: readonly File[];
    };
    if (files.length > 0) return { url, files };
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return assert.fail('what is in it is not known within 20 s');
}

const find = (files: readonly File[], name: string): File => files.find(({ path }) => path.endsWith(name))!;

async function read(url: URL, range: string): Promise<{ readonly bytes: Buffer; readonly firstMs: number }> {
  const from = performance.now();
  const response = await fetch(url, { headers: { range } });
  assert.equal(response.status, 206);
  const chunks: Uint8Array[] = [];
  let firstMs = 0;
  for await (const chunk of response.body!) {
    if (chunks.length === 0) firstMs = performance.now() - from;
    chunks.push(chunk);
  }
  return { bytes: Buffer.concat(chunks), firstMs };
}

test('playing begins at once and a seek is answered within a second, while the rest loads', async () => {
  const { url, files } = await open('player', {});
  const target = new URL(find(files, 'film.mp4').url, url);
  const spots = [0, 40, 7, 33, 20].map((mib) => mib * 1024 * 1024);
  const waits: number[] = [];
  for (const spot of spots) {
    const { bytes, firstMs } = await read(target, `bytes=${spot}-${spot + 999_999}`);
    assert.equal(bytes.compare(film, spot, spot + 1_000_000), 0, `what is at ${spot}`);
    waits.push(Math.round(firstMs));
  }
  console.log(`  first bytes after ${waits.join(', ')} ms`);
  for (const wait of waits) assert.ok(wait < SEEK_MS, `${wait} ms`);
  const { done } = find(
    ((await (await fetch(new URL('/api/v1/shares/1/files', url))).json()) as { files: File[] }).files,
    'film.mp4',
  );
  assert.ok(done < SIZE, 'it was not all here by then, or this test shows nothing');
});

test('several read at once, and all of it arrives whole', async () => {
  const { url, files } = await open('several', {});
  const target = new URL(find(files, 'film.mp4').url, url);
  const half = SIZE / 2;
  const readers = await Promise.all([
    read(target, `bytes=0-${half - 1}`),
    read(target, `bytes=${half}-`),
    read(target, 'bytes=-1000'),
  ]);
  const [first, second, tail] = readers.map(({ bytes }) => bytes);
  assert.equal(
    createHash('sha256').update(first!).update(second!).digest('hex'),
    createHash('sha256').update(film).digest('hex'),
  );
  assert.equal(tail!.compare(film, SIZE - 1000), 0);
});

test('on demand, only what is read is fetched', async () => {
  const { url, files } = await open('demand', { isOnDemand: true });
  const target = new URL(find(files, 'film.mp4').url, url);
  await read(target, 'bytes=30000000-30000999');
  await new Promise((resolve) => setTimeout(resolve, 3000));
  const after = (await (await fetch(new URL('/api/v1/shares/1/files', url))).json()) as { files: File[] };
  const { done } = find(after.files, 'film.mp4');
  assert.ok(done > 0 && done < 4 * 1024 * 1024, `${done} bytes were fetched for a thousand`);
});

test('ranges, conditions, types, subtitles and playlists are what players expect', async () => {
  const { url, files } = await open('types', {});
  const target = new URL(find(files, 'film.mp4').url, url);
  const head = await fetch(target, { method: 'HEAD' });
  assert.deepEqual(
    ['content-type', 'content-length', 'accept-ranges'].map((name) => head.headers.get(name)),
    ['video/mp4', `${SIZE}`, 'bytes'],
  );
  const etag = head.headers.get('etag')!;
  assert.equal((await fetch(target, { headers: { 'if-none-match': etag } })).status, 304);
  const past = await fetch(target, { headers: { range: `bytes=${SIZE}-` } });
  assert.deepEqual([past.status, past.headers.get('content-range')], [416, `bytes */${SIZE}`]);
  const stale = await fetch(target, {
    method: 'HEAD',
    headers: { range: 'bytes=0-1', 'if-range': '"other"' },
  });
  assert.equal(stale.status, 200);

  const page = await fetch(new URL(find(files, 'page.html').url, url));
  assert.equal(page.headers.get('content-type'), 'application/octet-stream');
  assert.match(page.headers.get('content-disposition')!, /^attachment/);
  assert.match(page.headers.get('content-security-policy')!, /^sandbox;/);

  const subtitles = await fetch(new URL(`${find(files, 'film.srt').url}?as=vtt`, url));
  assert.equal(await subtitles.text(), 'WEBVTT\n\n1\n00:00:01.000 --> 00:00:02.500\nGrüß Gott\n');
  const playlist = await (await fetch(new URL('/files/1/playlist.m3u', url))).text();
  assert.equal(playlist, `#EXTM3U\n#EXTINF:-1,film.mp4\n${target.href}\n`);
  const long = await fetch(new URL(find(files, LONG_NAME).url, url), {
    headers: { range: 'bytes=1-9223372036854775807' },
  });
  assert.deepEqual([long.status, long.headers.get('content-range')], [206, 'bytes 1-4/5']);
  assert.equal(await long.text(), 'ong\n');
  assert.equal((await fetch(new URL('/files/1/99', url))).status, 404);
  assert.equal((await fetch(new URL('/files/9/0', url))).status, 404);
});

test('a reader that goes stops asking; one that a pause leaves behind is told', async () => {
  const { url, files } = await open('gone', { isOnDemand: true });
  const target = new URL(find(files, 'film.mp4').url, url);
  const gone = new AbortController();
  const response = await fetch(target, { signal: gone.signal });
  await response.body!.getReader().read();
  gone.abort();
  const doneOf = async (): Promise<number> => {
    const answer = (await (await fetch(new URL('/api/v1/shares/1/files', url))).json()) as { files: File[] };
    return find(answer.files, 'film.mp4').done;
  };
  await new Promise((resolve) => setTimeout(resolve, 2500));
  const before = await doneOf();
  await new Promise((resolve) => setTimeout(resolve, 2000));
  assert.equal(await doneOf(), before, 'nobody reads, so nothing is fetched');

  const reading = fetch(target).then(async (answer) => (await answer.arrayBuffer()).byteLength);
  await new Promise((resolve) => setTimeout(resolve, 300));
  await fetch(new URL('/api/v1/shares/1', url), {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ isPaused: true }),
  });
  await assert.rejects(reading, 'the rest does not come');
  const refused = await fetch(target);
  assert.equal(refused.status, 409);
  assert.match(((await refused.json()) as { message: string }).message, /start it first/);
});
