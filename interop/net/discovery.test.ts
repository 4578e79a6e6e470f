// Peers found with no server and no DHT: by multicast on a local network (BEP 14) and by other peers (PEX, BEP 11), ours
// with ours and with libtorrent, in network namespaces of the test's own.
import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { hasLibtorrent } from '../../scripts/setup-programs.ts';
import { Bench, LIBTORRENT_PEER, PYTHON } from '../../testkit/bench.ts';
import { firstDifference } from '../../testkit/files.ts';
import type { JsonEvent, Program } from '../../testkit/program.ts';
import { Namespace, namespacesMissing } from '../namespace.ts';

const skip = namespacesMissing() || (hasLibtorrent() ? false : 'python3-libtorrent is not installed');
let bench: Bench;
let data: string;
let torrent: string;
let link: string;
/** Two machines on one cable; and one machine alone. */
let left: Namespace;
let right: Namespace;

before(async () => {
  if (skip !== false) return;
  bench = await Bench.open();
  data = await bench.makeData();
  torrent = join(bench.dir, 'x.torrent');
  const created = await bench.shoal(['create', data, '--v1', '-o', torrent]).event('created');
  link = `magnet:?xt=urn:btih:${created.infoHashV1}`;
  left = new Namespace();
  right = new Namespace();
  left.connect(right, '10.78.0.1', '10.78.0.2');
});
after(async () => {
  await bench?.close();
  left?.close();
  right?.close();
});

function inside(net: Namespace, args: readonly string[], lsd: boolean): Program {
  return bench.shoal(args, { command: net.command, lsd });
}

function libtorrent(net: Namespace, ...args: string[]): Program {
  const [command, ...rest] = [...net.command, PYTHON, LIBTORRENT_PEER, ...args];
  return bench.run('libtorrent', command!, rest);
}

test('a bare info hash completes through local multicast alone: Shoal and Shoal', { skip }, async () => {
  const share = inside(left, ['share', torrent, '--dir', dirname(data), '--port', '7000'], true);
  await share.event('ready');
  const out = await bench.folder('lsd-shoal');
  await inside(right, ['get', link, '-o', out, '--port', '7000'], true).event('done');
  assert.equal(await firstDifference(data, join(out, 'data')), undefined);
  await share.stop();
});

test('libtorrent hears Shoal on the local network, and Shoal hears libtorrent', { skip }, async () => {
  const share = inside(left, ['share', torrent, '--dir', dirname(data), '--port', '7000'], true);
  await share.event('ready');
  const theirs = await bench.folder('lsd-libtorrent');
  const get = libtorrent(
    right,
    '--port',
    '7010',
    '--listen',
    '10.78.0.2',
    '--save',
    theirs,
    '--magnet',
    link,
    '--lsd',
  );
  await get.event('done');
  assert.equal(await firstDifference(data, join(theirs, 'data')), undefined);
  await Promise.all([get.stop(), share.stop()]);

  const seed = libtorrent(
    right,
    '--port',
    '7011',
    '--listen',
    '10.78.0.2',
    '--save',
    dirname(data),
    '--torrent',
    torrent,
    '--seed',
    '--lsd',
  );
  await seed.event('ready');
  const ours = await bench.folder('lsd-from-libtorrent');
  await inside(left, ['get', link, '-o', ours, '--port', '7000'], true).event('done');
  assert.equal(await firstDifference(data, join(ours, 'data')), undefined);
  await seed.stop();
});

test('over IPv6, on an interface that comes up later', { skip }, async () => {
  const [near, far] = [new Namespace(), new Namespace()];
  try {
    const share = bench.shoal(['share', torrent, '--dir', dirname(data), '--port', '7000'], {
      command: near.command,
      lsd: true,
    });
    await share.event('ready');
    near.connect(far, '10.79.0.1', '10.79.0.2');
    for (const [net, host] of [
      [near, 'fd00:79::1'],
      [far, 'fd00:79::2'],
    ] as const) {
      const device = net.devices().find((name) => name !== 'lo')!;
      net.ip('addr', 'flush', 'dev', device, 'scope', 'global');
      net.ip('addr', 'add', `${host}/64`, 'dev', device, 'nodad');
    }
    const out = await bench.folder('lsd-ipv6');
    const get = bench.shoal(['get', link, '-o', out, '--port', '7000'], {
      command: far.command,
      lsd: true,
    });
    await get.event('done');
    assert.equal(await firstDifference(data, join(out, 'data')), undefined);
    await share.stop();
  } finally {
    near.close();
    far.close();
  }
});

test('a private share is not announced on the local network', { skip }, async () => {
  const secret = join(bench.dir, 'private.torrent');
  const created = await bench.shoal(['create', data, '--v1', '--private', '-o', secret]).event('created');
  const share = inside(left, ['share', secret, '--dir', dirname(data), '--port', '7000'], true);
  await share.event('ready');
  const out = await bench.folder('lsd-private');
  const hash = `magnet:?xt=urn:btih:${created.infoHashV1}`;
  const get = inside(right, ['get', hash, '-o', out, '--port', '7000', '--timeout', '6'], true);
  assert.equal(await get.exited, 3);
  await share.stop();
});

/** Seed ← middle ← asker: the asker knows the middle only, which gets next to nothing itself. */
for (const middleIs of ['shoal', 'libtorrent'] as const) {
  const askerIs = middleIs === 'shoal' ? 'libtorrent' : 'shoal';
  test(`through PEX alone: ${askerIs} learns of the seed from ${middleIs}`, { skip }, async () => {
    const [seedHost, middleHost] = ['10.78.0.1:7000', '10.78.0.1:7020'];
    const seed = inside(left, ['share', torrent, '--dir', dirname(data), '--port', '7000'], false);
    await seed.event('ready');
    const slow = await bench.folder(`pex-middle-${middleIs}`);
    const middle =
      middleIs === 'shoal'
        ? inside(
            left,
            ['get', torrent, '-o', slow, '--port', '7020', '--peer', seedHost, '--limit-down', '1K'],
            false,
          )
        : libtorrent(
            left,
            '--port',
            '7020',
            '--listen',
            '10.78.0.1',
            '--save',
            slow,
            '--torrent',
            torrent,
            '--connect',
            seedHost,
            '--limit-down',
            '1000',
          );
    const isConnected = ({ event, peers }: JsonEvent): boolean =>
      event === 'connected' || (event === 'progress' && (peers as number) > 0);
    await middle.until(() => middle.events.find(isConnected), 'connection to the seed');
    const out = await bench.folder(`pex-${askerIs}`);
    const asker =
      askerIs === 'shoal'
        ? inside(
            right,
            ['get', torrent, '-o', out, '--port', '7000', '--peer', middleHost, '--timeout', '150'],
            false,
          )
        : libtorrent(
            right,
            '--port',
            '7030',
            '--listen',
            '10.78.0.2',
            '--save',
            out,
            '--torrent',
            torrent,
            '--connect',
            middleHost,
          );
    await asker.event('done', 150_000);
    assert.equal(await firstDifference(data, join(out, 'data')), undefined);
    await Promise.all([seed.stop(), middle.stop(), asker.stop()]);
  });
}
