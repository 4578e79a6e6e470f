// Trackers: opentracker and npm bittorrent-tracker serve us over HTTP and UDP; libtorrent announces to ours over both.
import assert from 'node:assert/strict';
import { chmod } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { hasLibtorrent, hasNpmPrograms, hasProgram } from '../../scripts/setup-programs.ts';
import { toHex } from '../../src/ground/bytes.ts';
import { waitFor } from '../../testkit/wait.ts';
import { UdpPorts } from '../../src/net/link/node/udp.ts';
import { TrackerClient } from '../../src/net/tracker/node/client.ts';
import { Bench, freePort, LIBTORRENT_PEER, PROGRAMS, PYTHON } from '../../testkit/bench.ts';
import { firstDifference, waitForCopy } from '../../testkit/files.ts';
import type { Program } from '../../testkit/program.ts';

let bench: Bench;
let data: string;
before(async () => {
  bench = await Bench.open();
  data = await bench.makeData();
});
after(() => bench.close());

async function create(
  name: string,
  announce: string,
): Promise<{ readonly torrent: string; readonly infoHash: string }> {
  const torrent = join(bench.dir, `${name}.torrent`);
  const created = await bench
    .shoal(['create', data, '--v1', '-o', torrent, '--tracker', announce, '--source', name])
    .event('created');
  return { torrent, infoHash: created.infoHashV1 as string };
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

/** Two Shoal peers meet through a tracker, and its scrape shows them. */
async function meetThrough(
  torrent: string,
  infoHash: string,
  announce: string,
  name: string,
  canScrape = true,
): Promise<void> {
  const share = bench.shoal(['share', torrent, '--dir', dirname(data), '--port', '0']);
  await share.event('ready');
  const out = await bench.folder(name);
  await bench.shoal(['get', torrent, '-o', out, '--port', '0']).event('done');
  assert.equal(await firstDifference(data, join(out, 'data')), undefined);
  if (!canScrape) {
    await share.stop();
    return;
  }
  const client = new TrackerClient('test', (await UdpPorts.open(0)).channel('tracker'));
  const [entry] = await client.scrape(announce, [Uint8Array.from(Buffer.from(infoHash, 'hex'))]);
  assert.equal(toHex(entry!.infoHash), infoHash);
  assert.ok(entry!.seeders >= 1, JSON.stringify(entry));
  await client.close();
  await share.stop();
}

async function startOpentracker(
  infoHash: string,
): Promise<{ readonly program: Program; readonly port: number }> {
  const port = await freePort();
  // It drops its rights and its root folder, so the list must lie in one that all may read.
  const dir = await bench.folder(`opentracker-${port}`);
  await chmod(bench.dir, 0o755);
  await bench.writeFile(`opentracker-${port}/whitelist`, `${infoHash}\n`);
  const program = bench.run('opentracker', 'opentracker', [
    '-i',
    '127.0.0.1',
    '-p',
    `${port}`,
    '-P',
    `${port}`,
    '-w',
    'whitelist',
    '-d',
    dir,
  ]);
  await waitFor(() => isListening(port), 'opentracker listens');
  return { program, port };
}

for (const scheme of ['http', 'udp']) {
  const skipOpen = hasProgram('opentracker')
    ? false
    : 'opentracker is not installed (npm run setup-programs)';
  test(`opentracker over ${scheme}`, { skip: skipOpen }, async () => {
    // The announce URL is not part of the info hash, so the torrent can be made again once the port is known.
    const { infoHash } = await create(`open-${scheme}`, `${scheme}://127.0.0.1:1/announce`);
    const { program, port } = await startOpentracker(infoHash);
    const announce = `${scheme}://127.0.0.1:${port}/announce`;
    const { torrent } = await create(`open-${scheme}`, announce);
    await meetThrough(torrent, infoHash, announce, `open-${scheme}`).catch((error: unknown) => {
      throw new Error(`${String(error)}\nopentracker: ${program.output}`);
    });
    await program.stop();
  });

  const skipNpm = hasNpmPrograms() ? false : 'bittorrent-tracker is not installed (npm run setup-programs)';
  test(`npm bittorrent-tracker over ${scheme}`, { skip: skipNpm }, async () => {
    const port = await freePort();
    const program = bench.run('bittorrent-tracker', process.execPath, [
      join(PROGRAMS, 'bittorrent-tracker.mjs'),
      `${port}`,
    ]);
    await program.event('ready');
    const announce = `${scheme}://127.0.0.1:${port}/announce`;
    const { torrent, infoHash } = await create(`npm-${scheme}`, announce);
    // Its HTTP scrape writes info hashes as UTF-8 text, which garbles them.
    await meetThrough(torrent, infoHash, announce, `npm-${scheme}`, scheme === 'udp');
    await program.stop();
  });

  const skipLt = hasLibtorrent() ? false : 'python3-libtorrent is not installed (npm run setup-programs)';
  test(`libtorrent finds us through our tracker over ${scheme}`, { skip: skipLt }, async () => {
    const tracker = bench.shoal(['tracker', '--port', '0', '--interval', '30']);
    const { port } = await tracker.event('ready');
    const { torrent } = await create(`ours-${scheme}`, `${scheme}://127.0.0.1:${port}/announce`);
    const share = bench.shoal(['share', torrent, '--dir', dirname(data), '--port', '0']);
    await share.event('ready');
    const out = await bench.folder(`ours-${scheme}`);
    const get = bench.run('libtorrent', PYTHON, [
      LIBTORRENT_PEER,
      '--port',
      `${await freePort()}`,
      '--save',
      out,
      '--torrent',
      torrent,
    ]);
    await waitForCopy(data, join(out, 'data'), get);
    await Promise.all([get.stop(), share.stop(), tracker.stop()]);
  });
}

test('a dead tracker in front costs nothing: the next tier is asked at once, the message says who failed', async () => {
  const tracker = bench.shoal(['tracker', '--port', '0']);
  const { port } = await tracker.event('ready');
  const dead = await freePort();
  const torrent = join(bench.dir, 'tiers.torrent');
  await bench
    .shoal([
      'create',
      data,
      '-o',
      torrent,
      '--tracker',
      `http://127.0.0.1:${dead}/announce`,
      '--tracker',
      `http://127.0.0.1:${port}/announce`,
    ])
    .event('created');
  const share = bench.shoal(['share', torrent, '--dir', dirname(data), '--port', '0']);
  await share.event('ready');
  const out = await bench.folder('tiers');
  await bench.shoal(['get', torrent, '-o', out, '--port', '0']).event('done');
  await share.stop();
  const late = bench.shoal([
    'get',
    torrent,
    '-o',
    await bench.folder('late'),
    '--port',
    '0',
    '--timeout',
    '1',
  ]);
  const error = await late.event('error');
  assert.equal(error.code, 'nothing-found');
  assert.match(error.message as string, /nobody listens there/);
  assert.equal(await late.exited, 3);
  await tracker.stop();
});
