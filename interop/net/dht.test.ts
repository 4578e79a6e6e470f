// One DHT of our nodes, libtorrent's, bittorrent-dht's and Transmission's, in a network namespace of its own: what one
// announces the others find, what one puts the others read.
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { mutableTarget, signedBytes } from '../../src/net/dht/wire/items.ts';
import { publicKeyOf } from '../../src/net/dht/node/ed25519.ts';
import { fromHex, toHex } from '../../src/ground/bytes.ts';
import { nodeHasher } from '../../src/ground/node/hasher.ts';
import { hasLibtorrent, hasNpmPrograms, hasProgram } from '../../scripts/setup-programs.ts';
import { ROOT } from '../../scripts/steps.ts';
import { Bench, PROGRAMS, PYTHON } from '../../testkit/bench.ts';
import { firstDifference } from '../../testkit/files.ts';
import type { JsonEvent, Program } from '../../testkit/program.ts';
import { waitFor } from '../../testkit/wait.ts';
import { Namespace, namespacesMissing } from '../namespace.ts';

const skip =
  namespacesMissing() ||
  (hasLibtorrent() ? false : 'python3-libtorrent is not installed') ||
  (hasNpmPrograms() ? false : 'bittorrent-dht is not installed (npm run setup-programs)');
const DRIVER = join(ROOT, 'interop', 'drivers', 'libtorrent_dht.py');
const HOSTS = {
  shoal: '10.77.0.1',
  libtorrent: '10.77.0.2',
  npm: '10.77.0.3',
  transmission: '10.77.0.4',
  asker: '10.77.0.5',
};
const FIRST = `${HOSTS.shoal}:7000`;
const SEED = '01'.repeat(32);
const KEY = toHex(publicKeyOf(new Uint8Array(32).fill(1)));

let bench: Bench;
let net: Namespace;
let data: string;
let link: string;
let libtorrent: Program;
let npm: Program;

before(async () => {
  if (skip !== false) return;
  bench = await Bench.open();
  data = await bench.makeData();
  net = new Namespace();
  net.addHosts(...Object.values(HOSTS));
  const torrent = join(bench.dir, 'x.torrent');
  const created = await bench.shoal(['create', data, '--v1', '-o', torrent]).event('created');
  link = `magnet:?xt=urn:btih:${created.infoHashV1}`;
  const share = shoal(['share', torrent, '--dir', dirname(data), '--port', '7000']);
  await share.event('ready');
  libtorrent = run('libtorrent', PYTHON, [
    DRIVER,
    '--listen',
    HOSTS.libtorrent,
    '--port',
    '7001',
    '--node',
    FIRST,
  ]);
  npm = run('bittorrent-dht', process.execPath, [
    join(PROGRAMS, 'dht-node.mjs'),
    `--host=${HOSTS.npm}`,
    '--port=7002',
    FIRST,
  ]);
  await Promise.all([libtorrent.event('ready'), npm.event('ready')]);
  // A second node of each, so that nobody finds things with itself alone.
  shoal([
    'share',
    torrent,
    '--dir',
    dirname(data),
    '--port',
    '7100',
    '--dht-node',
    `${HOSTS.libtorrent}:7001`,
  ]);
  const second = [DRIVER, '--listen', HOSTS.asker, '--port', '7101', '--node', FIRST];
  await run('libtorrent 2', PYTHON, second).event('ready');
  // Tables fill as nodes hear of each other.
  await Promise.all([untilItKnows(libtorrent, 3), untilItKnows(npm, 3)]);
});
after(async () => {
  await bench?.close();
  net?.close();
});

function run(name: string, command: string, args: readonly string[]): Program {
  const [first, ...rest] = [...net.command, command, ...args];
  return bench.run(name, first!, rest);
}

function shoal(args: readonly string[]): Program {
  const where = args.includes('--dht-node') ? [] : ['--dht-node', FIRST];
  return bench.shoal([...args, ...where], { command: net.command });
}

let commands = 0;
/** Sends a command and waits for the next event of that name. */
async function ask(program: Program, command: object, event: string): Promise<JsonEvent> {
  const from = program.events.length;
  commands++;
  program.child.stdin!.write(`${JSON.stringify(command)}\n`);
  return program.until(
    () => program.events.slice(from).find((entry) => entry.event === event),
    `${event} (${commands})`,
  );
}

/** Until a node's table has so many others. */
async function untilItKnows(program: Program, count: number): Promise<void> {
  let nodes = 0;
  const look = async (): Promise<boolean> => {
    nodes = (await ask(program, { cmd: 'status' }, 'status')).nodes as number;
    return nodes >= count;
  };
  await waitFor(look, `${program.name} knows ${count} nodes`, { explain: () => `it knows ${nodes}` });
}

const hashOf = (digit: string): string => digit.repeat(40);

async function foundByAll(hash: string, peer: RegExp): Promise<void> {
  const ours = shoal(['dht', 'lookup', hash]);
  const seen = await ours.event('done');
  assert.ok(
    ours.events.some((event) => peer.test(String(event.address))),
    `shoal: ${JSON.stringify(seen)}`,
  );
  await waitFor(
    async () =>
      ((await ask(libtorrent, { cmd: 'peers', hash }, 'peers')).peers as string[]).some((address) =>
        peer.test(address),
      ),
    'libtorrent finds it',
  );
  await waitFor(
    async () =>
      ((await ask(npm, { cmd: 'peers', hash }, 'peers')).peers as string[]).some((address) =>
        peer.test(address),
      ),
    'bittorrent-dht finds it',
  );
}

test('libtorrent and bittorrent-dht find the announces of Shoal', { skip }, async () => {
  const hash = hashOf('a');
  const announced = await shoal(['dht', 'announce', hash, '--announce-port', '4001']).event('announced');
  assert.ok((announced.stored as number) >= 3);
  await foundByAll(hash, /:4001$/);
});

test('the others find the announces of libtorrent', { skip }, async () => {
  const hash = hashOf('b');
  libtorrent.child.stdin!.write(`${JSON.stringify({ cmd: 'announce', hash })}\n`);
  await waitFor(async () => {
    const lookup = shoal(['dht', 'lookup', hash]);
    await lookup.exited;
    return lookup.events.some((event) => event.address === `${HOSTS.libtorrent}:7001`);
  }, 'libtorrent announces');
  await foundByAll(hash, new RegExp(`^${HOSTS.libtorrent}:7001$`));
});

test('the others find the announces of bittorrent-dht', { skip }, async () => {
  const hash = hashOf('c');
  await ask(npm, { cmd: 'announce', hash, port: 4003 }, 'announced');
  await foundByAll(hash, /:4003$/);
});

test('immutable items go from each to each (BEP 44)', { skip }, async () => {
  const ours = await shoal(['dht', 'put', 'from shoal']).event('put');
  const theirs = await ask(libtorrent, { cmd: 'put', value: 'from libtorrent' }, 'put');
  assert.ok((theirs.stored as number) > 0);
  const libtorrentTarget = libtorrent.events.findLast((event) => event.event === 'target')!.target as string;
  const npms = await ask(npm, { cmd: 'put', value: 'from npm' }, 'put');
  for (const [target, value] of [
    [ours.target as string, 'from shoal'],
    [libtorrentTarget, 'from libtorrent'],
    [npms.target as string, 'from npm'],
  ] as const) {
    assert.equal((await shoal(['dht', 'get', target]).event('item')).value, value);
    assert.equal((await ask(libtorrent, { cmd: 'get', target }, 'item')).value, value);
    assert.equal((await ask(npm, { cmd: 'get', target }, 'item')).value, value);
  }
});

test('mutable items and their updates go from each to each (BEP 44)', { skip }, async () => {
  const state = join(bench.dir, 'keyed');
  await bench.shoal(['key', 'import', 'k', await bench.writeFile('seed.hex', SEED)], { state }).exited;
  const put = (value: string, ...more: string[]): Promise<JsonEvent> =>
    bench
      .shoal(['dht', 'put', value, '--key', 'k', '--salt', 'n', '--dht-node', FIRST, ...more], {
        state,
        command: net.command,
      })
      .event('put');
  const getMutable = { cmd: 'getMutable', key: KEY, salt: 'n' };
  const readBy = async (target: string, value: string): Promise<void> => {
    const ours = await shoal(['dht', 'get', target, '--salt', 'n']).event('item');
    assert.equal(ours.value, value);
    await waitFor(
      async () => (await ask(libtorrent, getMutable, 'mutable')).value === value,
      `libtorrent reads "${value}"`,
    );
    assert.equal((await ask(npm, { cmd: 'get', target, salt: 'n' }, 'item')).value, value);
  };
  const first = await put('one');
  const target = first.target as string;
  assert.equal(first.sequence, 1);
  await readBy(target, 'one');
  // Every one of the three updates the same item.
  assert.equal((await put('two')).sequence, 2);
  await readBy(target, 'two');
  await ask(npm, { cmd: 'putMutable', seed: SEED, value: 'three', salt: 'n', seq: 3 }, 'put');
  await readBy(target, 'three');
  await ask(libtorrent, { cmd: 'putMutable', seed: SEED, key: KEY, value: 'four', salt: 'n' }, 'put');
  await readBy(target, 'four');
  // A lower number never wins, and compare-and-swap is kept.
  const older = bench.shoal(
    ['dht', 'put', 'old', '--key', 'k', '--salt', 'n', '--seq', '1', '--dht-node', FIRST],
    { state, command: net.command },
  );
  assert.equal((await older.event('error')).code, 'refused');
  const wrong = bench.shoal(
    ['dht', 'put', 'x', '--key', 'k', '--salt', 'n', '--seq', '9', '--cas', '1', '--dht-node', FIRST],
    { state, command: net.command },
  );
  assert.match(String((await wrong.event('error')).message), /301/);
});

test('samples both ways with libtorrent (BEP 51)', { skip }, async () => {
  const sample = shoal(['dht', 'sample', '--dht-node', `${HOSTS.libtorrent}:7001`]);
  await sample.event('done');
  const nodes = sample.events.filter((event) => event.event === 'sample');
  assert.ok(
    nodes.some(
      (event) => String(event.node).startsWith(HOSTS.libtorrent) && (event.infoHashes as string[]).length > 0,
    ),
  );
  const theirs = await ask(
    libtorrent,
    { cmd: 'sample', host: HOSTS.shoal, port: 7000, target: hashOf('1') },
    'samples',
  );
  assert.ok((theirs.count as number) > 0);
});

test('scrape by filters (BEP 33)', { skip }, async () => {
  const hash = hashOf('d');
  await shoal(['dht', 'announce', hash, '--announce-port', '4001', '--seed']).event('announced');
  const done = await shoal(['dht', 'lookup', hash]).event('done');
  assert.equal(done.seeds, 1);
});

test('a crawl meets everybody', { skip }, async () => {
  const done = await shoal(['dht', 'crawl', '--nodes', '50']).event('done');
  assert.ok((done.nodes as number) >= 4, JSON.stringify(done));
});

test('a bare info hash completes through the DHT alone', { skip }, async () => {
  const out = await bench.folder('by-dht');
  const get = shoal(['get', link, '-o', out, '--port', '0', '--dht-node', `${HOSTS.npm}:7002`]);
  await get.event('done');
  assert.equal(await firstDifference(data, join(out, 'data')), undefined);
});

test('a link that stays (BEP 46) is read by bittorrent-dht, and followed', { skip }, async () => {
  const publish = shoal(['publish', 'app', data, '--port', '0']);
  const ready = await publish.event('ready');
  const put = await publish.until(
    () => publish.events.find((event) => event.event === 'put' && (event.stored as number) > 0),
    'a put that somebody kept',
  );
  assert.equal(put.sequence, 1);
  const key = /btpk:([0-9a-f]{64})/.exec(String(ready.link))![1]!;
  const salt = new TextEncoder().encode('app');
  const target = toHex(mutableTarget(fromHex(key)!, salt, nodeHasher));
  const read = await ask(npm, { cmd: 'get', target, salt: 'app' }, 'item');
  assert.equal(read.seq, 1);
  const inspect = await bench.shoal(['create', data, '-o', join(bench.dir, 'same.torrent')]).event('created');
  assert.equal(read.ih, inspect.infoHashV1);
  const out = await bench.folder('by-link');
  const follow = shoal(['follow', String(ready.link), '-o', out, '--port', '0', '--once']);
  await follow.event('version');
  assert.equal(await firstDifference(data, join(out, 'data')), undefined);
  await publish.stop();
});

/** Its DHT has naps of its own: 50 to 70 s until the first peer on an idle machine, over 150 s on a busy one. */
const TRANSMISSION_DHT_MS = 400_000;

test('Transmission finds us through the DHT alone', {
  skip: skip || (hasProgram('transmission-daemon') ? false : 'transmission-daemon is not installed'),
}, async () => {
  // Transmission counts a DHT of fewer than nine nodes as broken and asks it nothing.
  const population = join(ROOT, 'bench', 'dht-population.ts');
  const neighbours = ['--nodes', '12', '--host', HOSTS.shoal, '--start', FIRST];
  await run('neighbours', process.execPath, [population, ...neighbours]).event('ready');
  const config = await bench.folder('transmission');
  const out = await bench.folder('by-transmission');
  const settings = {
    'dht-enabled': true,
    'lpd-enabled': false,
    'pex-enabled': false,
    'port-forwarding-enabled': false,
    'utp-enabled': false,
    encryption: 0,
    'bind-address-ipv4': HOSTS.transmission,
    'peer-port': 7003,
    'rpc-port': 9191,
    'rpc-whitelist-enabled': false,
    'download-dir': out,
  };
  await mkdir(config, { recursive: true });
  await writeFile(join(config, 'settings.json'), JSON.stringify(settings));
  await writeFile(
    join(config, 'dht.bootstrap'),
    `${HOSTS.shoal} 7000\n${HOSTS.libtorrent} 7001\n${HOSTS.npm} 7002\n`,
  );
  const daemon = run('transmission', 'transmission-daemon', ['-f', '-g', config, '--log-debug']);
  await waitFor(async () => {
    const remote = run('remote', 'transmission-remote', ['127.0.0.1:9191', '-a', link]);
    await remote.exited;
    return /success/.test(remote.output);
  }, 'transmission takes the link');
  await waitFor(
    async () => (await firstDifference(data, join(out, 'data'), false)) === undefined,
    'Transmission fetches',
    { waitMs: TRANSMISSION_DHT_MS, explain: () => daemon.output.slice(-2000) },
  );
});

test('the signed bytes are those of BEP 44', { skip }, () => {
  assert.equal(
    new TextDecoder().decode(signedBytes(new TextEncoder().encode('n'), 4, new TextEncoder().encode('1:x'))),
    '4:salt1:n3:seqi4e1:v1:x',
  );
});
