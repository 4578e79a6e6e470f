// Web seeds (BEP 19) from lighttpd: each version, a multi-file share and a single file; and one that lies.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { hasProgram } from '../scripts/setup-programs.ts';
import { Bench, freePort } from '../testkit/bench.ts';
import { firstDifference } from '../testkit/files.ts';
import { waitFor } from '../testkit/wait.ts';

const skip = hasProgram('lighttpd') ? false : 'lighttpd is not installed (npm run setup-programs)';
let bench: Bench;
let data: string;
let base: string;
before(async () => {
  bench = await Bench.open();
  data = await bench.makeData();
  if (skip !== false) return;
  const port = await freePort();
  const lines = [
    `server.document-root = "${dirname(data)}"`,
    `server.port = ${port}`,
    'server.bind = "127.0.0.1"',
  ];
  const config = await bench.writeFile('lighttpd.conf', `${lines.join('\n')}\n`);
  bench.run('lighttpd', 'lighttpd', ['-D', '-f', config]);
  base = `http://127.0.0.1:${port}/`;
  const isUp = (): Promise<boolean> =>
    fetch(base).then(
      () => true,
      () => false,
    );
  await waitFor(isUp, 'lighttpd');
});
after(() => bench.close());

for (const version of ['v1', 'v2', 'hybrid']) {
  test(`a folder from a web server alone: ${version}`, { skip }, async () => {
    const torrent = join(bench.dir, `${version}.torrent`);
    await bench
      .shoal(['create', data, `--${version}`, '--web-seed', base, '-o', torrent, '--piece-length', '64K'])
      .event('created');
    const out = await bench.folder(version);
    await bench.shoal(['get', torrent, '-o', out, '--port', '0', '--timeout', '20']).event('done');
    assert.equal(await firstDifference(data, join(out, 'data')), undefined);
  });
}

test('a single file, its address given whole', { skip }, async () => {
  const torrent = join(bench.dir, 'file.torrent');
  await bench
    .shoal(['create', join(data, 'a.bin'), '--web-seed', `${base}data/a.bin`, '-o', torrent])
    .event('created');
  const out = await bench.folder('file');
  await bench.shoal(['get', torrent, '-o', out, '--port', '0', '--timeout', '20']).event('done');
  assert.deepEqual(await readFile(join(out, 'a.bin')), await readFile(join(data, 'a.bin')));
});

test('a web seed that lies is banned, the honest one finishes', { skip }, async () => {
  const content = await readFile(join(data, 'a.bin'));
  let asked = 0;
  const liar = createServer((request, response) => {
    asked++;
    const [, from, to] = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '') ?? [];
    const part = Buffer.from(content.subarray(Number(from), Number(to) + 1));
    part[0]! ^= 0xff;
    response.writeHead(206).end(part);
  });
  await new Promise<void>((resolve) => liar.listen(0, '::1', resolve));
  const { port } = liar.address() as { port: number };
  const torrent = join(bench.dir, 'lied.torrent');
  const seeds = ['--web-seed', `http://[::1]:${port}/a.bin`, '--web-seed', `${base}data/a.bin`];
  await bench
    .shoal(['create', join(data, 'a.bin'), ...seeds, '-o', torrent, '--piece-length', '16K'])
    .event('created');
  const out = await bench.folder('lied');
  await bench
    .shoal(['get', torrent, '-o', out, '--port', '0', '--timeout', '20', '--limit-down', '2M'])
    .event('done');
  assert.deepEqual(await readFile(join(out, 'a.bin')), content);
  assert.ok(asked > 0 && asked < 60, `the liar was asked ${asked} times`);
  liar.closeAllConnections();
  await new Promise((resolve) => liar.close(resolve));
});
