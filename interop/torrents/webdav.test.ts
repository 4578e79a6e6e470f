// Shares mounted as a folder, by rclone and by curl, before anything of them is here.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { createPrng } from '../../src/ground/prng.ts';
import { Bench } from '../../testkit/bench.ts';
import { Daemon } from '../../testkit/daemon.ts';
import { firstDifference } from '../../testkit/files.ts';
import { waitFor } from '../../testkit/wait.ts';

const run = promisify(execFile);
const SIZE = 30_000_000;
let bench: Bench;
let origin: string;
let magnet: string;
before(async () => {
  bench = await Bench.open();
  origin = join(bench.dir, 'origin', 'Wälder & Seen <1>');
  await mkdir(join(origin, 'deep er'), { recursive: true });
  await writeFile(join(origin, 'film.mkv'), createPrng(3).fill(new Uint8Array(SIZE)));
  await writeFile(join(origin, 'deep er', 'notes.txt'), 'hello\n');
  const seed = bench.shoal(['share', origin, '--port', '0']);
  magnet = (await seed.event('ready')).magnet as string;
});
after(() => bench.close());

async function up(name: string, ...more: string[]): Promise<Daemon> {
  const daemon = await Daemon.up(bench, name, ...more);
  await daemon.ask('POST', 'shares', { link: magnet, isOnDemand: true });
  await waitFor(async () => (await daemon.ask('GET', 'shares/1')).fileCount > 0, 'what is in it is known');
  return daemon;
}

test('rclone lists it, reads a part, and copies all', async () => {
  const daemon = await up('mount');
  const { url } = daemon;
  const remote = `:webdav,url="${url}webdav":`;
  const rclone = async (...args: string[]): Promise<string> =>
    (await run('rclone', [...args, '--config', '/dev/null', '--retries', '1'], { maxBuffer: 100_000_000 }))
      .stdout;
  const listed = await rclone('lsf', '-R', '--format', 'ps', remote);
  assert.deepEqual(listed.trim().split('\n').sort(), [
    'Wälder & Seen <1>/;-1',
    'Wälder & Seen <1>/deep er/;-1',
    'Wälder & Seen <1>/deep er/notes.txt;6',
    `Wälder & Seen <1>/film.mkv;${SIZE}`,
  ]);
  const part = (
    await run(
      'rclone',
      [
        'cat',
        '--offset',
        '20000000',
        '--count',
        '1000',
        '--config',
        '/dev/null',
        `${remote}Wälder & Seen <1>/film.mkv`,
      ],
      {
        encoding: 'buffer',
      },
    )
  ).stdout;
  assert.equal(part.compare(await readFile(join(origin, 'film.mkv')), 20_000_000, 20_001_000), 0);
  const { doneBytes } = await daemon.ask('GET', 'shares/1');
  assert.ok(doneBytes < SIZE, `only what is read is fetched: ${doneBytes}`);
  const copy = join(bench.dir, 'copy');
  await rclone('copy', remote, copy);
  assert.equal(await firstDifference(origin, join(copy, 'Wälder & Seen <1>')), undefined);
  await assert.rejects(rclone('touch', `${remote}new.txt`), 'it can be read only');
});

test('the requirements of the standard, and the token', async () => {
  const { url, token } = await up('guarded', '--api-token');
  const ask = async (
    method: string,
    path: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Response> =>
    fetch(new URL(path, url), {
      method,
      headers: { authorization: `Basic ${btoa(`me:${token}`)}`, ...headers },
    });
  const options = await ask('OPTIONS', '/webdav/');
  assert.equal(options.headers.get('dav'), '1');
  // Clients that begin at the root of the server find the folder there.
  assert.equal((await ask('OPTIONS', '/')).headers.get('dav'), '1');
  const root = await ask('PROPFIND', '/', { depth: '1' });
  assert.equal(root.status, 207);
  const hrefs = [...(await root.text()).matchAll(/<D:href>([^<]*)/g)].map(([, href]) => href);
  assert.deepEqual(hrefs, ['/', '/webdav/']);
  assert.equal((await ask('PROPFIND', '/webdav/', { depth: 'infinity' })).status, 403);
  const found = await ask('PROPFIND', '/webdav/', { depth: '1' });
  assert.equal(found.status, 207);
  assert.match(await found.text(), /<D:displayname>Wälder &#38; Seen &#60;1&#62;<\/D:displayname>/);
  assert.equal((await ask('PROPFIND', '/webdav/nothing', { depth: '0' })).status, 404);
  for (const method of ['PUT', 'DELETE', 'MKCOL', 'MOVE', 'LOCK', 'PROPPATCH'])
    assert.equal((await ask(method, '/webdav/x')).status, 405, method);
  assert.equal((await fetch(new URL('/webdav/', url))).status, 401);
});
