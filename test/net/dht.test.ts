// The DHT as people meet it: which starts answer, tables that survive, networks of one's own, wrong input.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { Bench, freePort } from '../../testkit/bench.ts';
import { firstDifference } from '../../testkit/files.ts';
import { waitFor } from '../../testkit/wait.ts';
import { createPeer } from '../../src/index.ts';

async function withBench(work: (bench: Bench) => Promise<void>): Promise<void> {
  const bench = await Bench.open();
  try {
    await work(bench);
  } finally {
    await bench.close();
  }
}

test('status says which starts answered; with some of them dead the others do', () =>
  withBench(async (bench) => {
    const [alive, dead] = [await freePort(), await freePort()];
    const data = await bench.makeData();
    await bench
      .shoal(['share', data, '--port', `${alive}`, '--dht-node', `127.0.0.1:${dead}`])
      .event('ready');
    const nodes = [
      '--dht-node',
      `127.0.0.1:${dead}`,
      '--dht-node',
      `127.0.0.1:${alive}`,
      '--dht-node',
      'nowhere.invalid:1',
    ];
    const status = bench.shoal(['dht', 'status', ...nodes]);
    const v4 = await status.until(
      () => status.events.find((event) => event.event === 'status' && event.family === 4),
      'status of IPv4',
    );
    const starts = v4.starts as { name: string; answered: boolean }[];
    assert.deepEqual(
      starts.map(({ name, answered }) => [name, answered]),
      [
        [`127.0.0.1:${dead}`, false],
        [`127.0.0.1:${alive}`, true],
        ['nowhere.invalid:1', false],
      ],
    );
    assert.equal(await status.exited, 0);
    const alone = bench.shoal(['dht', 'status', '--dht-node', `127.0.0.1:${dead}`]);
    assert.equal(await alone.exited, 3);
  }));

/** DHT nodes that a state folder remembers, in bytes of their compact form. */
function savedContacts(path: string): number {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const row = database.prepare('SELECT sum(length(contacts)) AS bytes FROM dht_nodes').get();
    return Number(row?.bytes ?? 0);
  } finally {
    database.close();
  }
}

test('the table survives a crash: no start is needed the next time', () =>
  withBench(async (bench) => {
    const port = await freePort();
    const data = await bench.makeData();
    const share = bench.shoal(['share', data, '--port', `${port}`, '--dht-node', '127.0.0.1:9']);
    await share.event('ready');
    const state = join(bench.dir, 'memory');
    const other = await bench.folder('other/x');
    writeFileSync(join(other, 'f'), 'x');
    const first = bench.shoal(['share', other, '--port', '0', '--dht-node', `127.0.0.1:${port}`], { state });
    await first.event('ready');
    await waitFor(() => savedContacts(join(state, 'shoal.db')) > 0, 'the table is saved');
    first.child.kill('SIGKILL');
    await first.exited;
    const status = bench.shoal(['dht', 'status', '--dht-node', '127.0.0.1:9'], { state });
    const v4 = await status.until(
      () => status.events.find((event) => event.event === 'status' && event.family === 4),
      'status of IPv4',
    );
    const saved = (v4.starts as { kind: string; address: string; answered: boolean }[]).filter(
      ({ kind }) => kind === 'saved',
    );
    assert.deepEqual(saved, [
      { kind: 'saved', name: `127.0.0.1:${port}`, address: `127.0.0.1:${port}`, asked: true, answered: true },
    ]);
  }));

test('a private network: nodes with the secret find each other, nodes with another hear nothing', () =>
  withBench(async (bench) => {
    const [ours, theirs] = [join(bench.dir, 'ours.key'), join(bench.dir, 'theirs.key')];
    writeFileSync(ours, 'correct horse battery staple');
    writeFileSync(theirs, 'another horse battery staple');
    const data = await bench.makeData();
    const port = await freePort();
    const share = bench.shoal(['share', data, '--port', `${port}`, '--network-key', ours]);
    const { infoHashV1 } = await share.event('ready');
    const link = String(infoHashV1);
    const node = ['--dht-node', `127.0.0.1:${port}`];
    const out = await bench.folder('out');
    await bench.shoal(['get', link, '-o', out, '--port', '0', '--network-key', ours, ...node]).event('done');
    assert.equal(await firstDifference(data, join(out, 'data')), undefined);
    for (const key of [['--network-key', theirs], []]) {
      const lookup = bench.shoal(['dht', 'lookup', link, ...key, ...node]);
      assert.equal(await lookup.exited, 3);
    }
    const short = join(bench.dir, 'short.key');
    writeFileSync(short, 'secret');
    const wrong = bench.shoal(['dht', 'lookup', link, '--network-key', short, ...node]);
    assert.equal((await wrong.event('error')).code, 'bad-argument');
  }));

test('peers tell each other of their DHT nodes (PORT), and good peers are remembered', () =>
  withBench(async (bench) => {
    const data = await bench.makeData();
    const dht = { routers: [] };
    const options = { port: 0, host: '127.0.0.1', lsd: false, dht };
    const giver = await createPeer({ ...options, stateDir: join(bench.dir, 'giver') });
    const share = await giver.share(data);
    const link = share.magnet();
    mkdirSync(join(bench.dir, 'out'));
    const get = async (peers: { host: string; port: number }[]) => {
      const taker = await createPeer({ ...options, stateDir: join(bench.dir, 'taker') });
      const download = await taker.get(link, { outputDir: join(bench.dir, 'out'), peers });
      return { taker, download };
    };
    const first = await get([{ host: '127.0.0.1', port: giver.port }]);
    await first.download.done;
    await waitFor(() => first.taker.dht!.isReady && giver.dht!.isReady, 'the two nodes know each other');
    await first.taker.close();
    // Without being told of any peer, tracker or node.
    const second = await get([]);
    await waitFor(
      () => second.download.peers().length > 0 || second.download.phase === 'seeding',
      'the good peer is asked again',
    );
    assert.ok(second.download.status().known >= 1);
    await second.taker.close();
    await giver.close();
  }));

test('a private share is not announced to the DHT', () =>
  withBench(async (bench) => {
    const port = await freePort();
    const hub = await bench.folder('hub/y');
    writeFileSync(join(hub, 'f'), 'y');
    await bench.shoal(['share', hub, '--port', `${port}`, '--dht-node', '127.0.0.1:9']).event('ready');
    const data = await bench.makeData();
    const node = ['--dht-node', `127.0.0.1:${port}`];
    const [secret, open] = [
      await bench.shoal(['share', data, '--port', '0', '--private', ...node]).event('ready'),
      await bench.shoal(['share', data, '--port', '0', ...node]).event('ready'),
    ];
    await waitFor(
      async () => (await bench.shoal(['dht', 'lookup', String(open.infoHashV1), ...node]).exited) === 0,
      'the open share is announced',
    );
    assert.equal(await bench.shoal(['dht', 'lookup', String(secret.infoHashV1), ...node]).exited, 3);
  }));

test('wrong input', () =>
  withBench(async (bench) => {
    const node = ['--dht-node', '127.0.0.1:9'];
    for (const [args, status] of [
      [['dht', 'lookup', 'nonsense', ...node], 2],
      [['dht', 'get', 'abc', ...node], 2],
      [['dht', 'put', 'x', '--salt', 's', ...node], 3],
      [['dht', 'lookup', 'a'.repeat(40), '--no-dht'], 2],
      [['publish', '', '.', ...node], 2],
      [['follow', 'magnet:?xt=urn:btih:00', ...node], 2],
      [['key', 'create', '../evil'], 2],
    ] as const) {
      assert.equal(await bench.shoal(args).exited, status, args.join(' '));
    }
  }));
