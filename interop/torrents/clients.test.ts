// Transmission, aria2 and rTorrent: both directions, plain and encrypted, bytes compared. They find us, and we them, through
// `shoal tracker`, which so has Transmission, aria2 and rTorrent as its clients; libtorrent announces to it in trackers.test.ts.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { hasProgram } from '../../scripts/setup-programs.ts';
import { decodeMetainfo } from '../../src/data/content/metainfo.ts';
import { nodeHasher } from '../../src/ground/node/hasher.ts';
import { UdpPorts } from '../../src/net/link/node/udp.ts';
import { TrackerClient } from '../../src/net/tracker/node/client.ts';
import { Bench, freePort } from '../../testkit/bench.ts';
import { firstDifference, waitForCopy } from '../../testkit/files.ts';
import type { Program } from '../../testkit/program.ts';
import { waitFor } from '../../testkit/wait.ts';

const skipUnless = (program: string): string | false =>
  hasProgram(program) ? false : `${program} is not installed (npm run setup-programs)`;
let bench: Bench;
let data: string;
let tracker: Program;
let announce: string;
before(async () => {
  bench = await Bench.open();
  data = await bench.makeData();
  tracker = bench.shoal(['tracker', '--port', '0', '--interval', '30']);
  announce = `http://127.0.0.1:${(await tracker.event('ready')).port}/announce`;
});
after(() => bench.close());

/** A torrent of its own for each test: peers of one must not turn up in another. */
async function create(name: string, ...args: string[]): Promise<string> {
  const torrent = join(bench.dir, `${name}.torrent`);
  await bench
    .shoal(['create', data, '-o', torrent, '--tracker', announce, '--source', name, ...args])
    .event('created');
  return torrent;
}

/** Waits until the tracker knows somebody. */
async function announced(torrent: string, program: Program): Promise<void> {
  const decoded = decodeMetainfo(await readFile(torrent), nodeHasher);
  assert.ok(decoded.ok);
  const client = new TrackerClient('test', (await UdpPorts.open(0)).channel('tracker'));
  try {
    await waitFor(async () => {
      const [entry] = await client.scrape(announce, [decoded.value.infoHashV1!]);
      return entry !== undefined && entry.seeders + entry.leechers > 0;
    }, `announce of ${program.name}`);
  } finally {
    await client.close();
  }
}

interface Meeting {
  /** Options of `shoal create`. */
  readonly create: readonly string[];
  /** Options of our own peer. */
  readonly own?: readonly string[];
  /** The other client makes empty files. */
  readonly needsEmpty?: boolean;
}

/** Shoal seeds, `start` runs the other client. */
async function theyFetch(
  name: string,
  start: (torrent: string, out: string) => Promise<Program>,
  { create: made, own = [], needsEmpty = true }: Meeting,
): Promise<void> {
  const torrent = await create(name, ...made);
  const out = await bench.folder(`${name}-out`);
  const program = await start(torrent, out);
  // The other client announces first, so that we hear of it at once: Transmission does not dial loopback itself.
  await announced(torrent, program);
  const share = bench.shoal(['share', torrent, '--dir', dirname(data), '--port', '0', ...own]);
  await share.event('ready');
  await waitForCopy(data, join(out, 'data'), program, needsEmpty);
  await Promise.all([program.stop(), share.stop()]);
}

/** The other client seeds, Shoal fetches. */
async function weFetch(
  name: string,
  start: (torrent: string, dir: string) => Promise<Program>,
  { create: made, own = [] }: Meeting,
): Promise<void> {
  const torrent = await create(name, ...made);
  const program = await start(torrent, dirname(data));
  await announced(torrent, program);
  const out = await bench.folder(`${name}-out`);
  const get = bench.shoal(['get', torrent, '-o', out, '--port', '0', ...own]);
  await get.event('done').catch((error: unknown) => {
    throw new Error(`${String(error)}\n${program.name}: ${program.output.slice(-3000)}`);
  });
  assert.equal(await firstDifference(data, join(out, 'data')), undefined);
  await program.stop();
}

/** @param encryption 0 tolerated, 1 preferred, 2 required */
async function transmission(torrent: string, dir: string, encryption = 0): Promise<Program> {
  const port = await freePort();
  const rpc = await freePort();
  const config = await bench.folder(`transmission-${port}`);
  const settings = {
    'download-dir': dir,
    'incomplete-dir-enabled': false,
    'dht-enabled': false,
    'lpd-enabled': false,
    'pex-enabled': false,
    'utp-enabled': true,
    'port-forwarding-enabled': false,
    'peer-port': port,
    'bind-address-ipv4': '127.0.0.1',
    'rpc-port': rpc,
    'rpc-bind-address': '127.0.0.1',
    'rpc-authentication-required': false,
    encryption,
  };
  await bench.writeFile(`transmission-${port}/settings.json`, JSON.stringify(settings));
  const daemon = bench.run('transmission', 'transmission-daemon', [
    '--foreground',
    '--config-dir',
    config,
    '--log-debug',
  ]);
  const add = async (): Promise<boolean> => {
    const args = [`127.0.0.1:${rpc}`, '--add', torrent, '--download-dir', dir];
    return (await bench.run('transmission-remote', 'transmission-remote', args).exited) === 0;
  };
  await waitFor(add, 'transmission-daemon takes a torrent', { explain: () => daemon.output.slice(-2000) });
  return daemon;
}

async function aria2(torrent: string, dir: string, ...args: string[]): Promise<Program> {
  return bench.run('aria2', 'aria2c', [
    '--enable-dht=false',
    '--enable-dht6=false',
    '--bt-enable-lpd=false',
    '--enable-peer-exchange=false',
    '--bt-min-crypto-level=plain',
    `--listen-port=${await freePort()}`,
    '--file-allocation=none',
    '--seed-ratio=0',
    '--follow-torrent=mem',
    '--summary-interval=0',
    '--console-log-level=info',
    `--dir=${dir}`,
    ...args,
    torrent,
  ]);
}

async function rtorrent(torrent: string, dir: string, encryption = 'none'): Promise<Program> {
  const port = await freePort();
  const session = await bench.folder(`rtorrent-${port}`);
  const options = [
    'system.daemon.set=true',
    `network.port_range.set=${port}-${port}`,
    'network.port_random.set=no',
    'dht.mode.set=disable',
    'protocol.pex.set=no',
    'trackers.use_udp.set=no',
    // On the command line a comma begins another option.
    `import=${await bench.writeFile(`rtorrent-${port}.rc`, `protocol.encryption.set = ${encryption}\n`)}`,
    'pieces.hash.on_completion.set=no',
    `session.path.set=${session}`,
    `directory.default.set=${dir}`,
  ];
  return bench.run('rtorrent', 'rtorrent', ['-n', ...options.flatMap((option) => ['-o', option]), torrent], {
    TERM: 'xterm',
  });
}

// Transmission 3.00 reads no hybrid of anyone's: it takes the empty key of a v2 file tree for a syntax error.
const transmissionSkip = skipUnless('transmission-daemon');
test('Transmission fetches from shoal', { skip: transmissionSkip }, () =>
  theyFetch('tr-get', transmission, { create: ['--v1'], needsEmpty: false }),
);
test('shoal fetches from Transmission', { skip: transmissionSkip }, () =>
  weFetch('tr-seed', transmission, { create: ['--v1'] }),
);
test('Transmission fetches from shoal over uTP', { skip: transmissionSkip }, () =>
  theyFetch('tr-get-utp', transmission, { create: ['--v1'], own: ['--no-tcp'], needsEmpty: false }),
);
test('shoal fetches from Transmission over uTP', { skip: transmissionSkip }, () =>
  weFetch('tr-seed-utp', transmission, { create: ['--v1'], own: ['--no-tcp'] }),
);

const aria2Skip = skipUnless('aria2c');
// aria2 1.36 computes a wrong info hash for hybrids, also for libtorrent's, for the same reason as Transmission.
test('aria2 fetches from shoal', { skip: aria2Skip }, () =>
  theyFetch('aria-get', aria2, { create: ['--v1'] }),
);
const SEEDS = ['--check-integrity=true', '--bt-hash-check-seed=true'] as const;
test('shoal fetches from aria2', { skip: aria2Skip }, () =>
  weFetch('aria-seed', (torrent, dir) => aria2(torrent, dir, ...SEEDS), { create: ['--v1'] }),
);

const rtorrentSkip = skipUnless('rtorrent');
for (const version of ['v1', 'hybrid']) {
  test(`rTorrent fetches from shoal: ${version}`, { skip: rtorrentSkip }, () =>
    theyFetch(`rt-get-${version}`, rtorrent, { create: [`--${version}`] }),
  );
}
test('shoal fetches from rTorrent', { skip: rtorrentSkip }, () =>
  weFetch('rt-seed', rtorrent, { create: ['--v1'] }),
);

/** One side insists on encryption. It takes 15 seconds to begin, so each row goes one way. */
const ENCRYPTED_TRANSMISSION = [
  [0, 'required', weFetch],
  [0, 'required', theyFetch],
  [2, 'allowed', weFetch],
  [2, 'allowed', theyFetch],
] as const;
for (const [theirs, ours, meet] of ENCRYPTED_TRANSMISSION) {
  const meeting = { create: ['--v1'], own: ['--encryption', ours], needsEmpty: false };
  const start = (torrent: string, dir: string) => transmission(torrent, dir, theirs);
  const run = `tr-${theirs}-${ours}-${meet.name}`;
  test(`Transmission with encryption ${theirs} and ${ours}: ${meet.name}`, { skip: transmissionSkip }, () =>
    meet(run, start, meeting),
  );
}

const ARC4 = ['--bt-require-crypto=true', '--bt-min-crypto-level=arc4'] as const;
const ENCRYPTED_ARIA2: readonly (readonly [name: string, theirs: readonly string[], ours: string])[] = [
  ['plain', [], 'required'],
  ['crypto', ['--bt-require-crypto=true'], 'allowed'],
  ['arc4', ARC4, 'allowed'],
];
for (const [name, theirs, ours] of ENCRYPTED_ARIA2) {
  const meeting = { create: ['--v1'], own: ['--encryption', ours] };
  test(`aria2 with ${name} and ${ours}, both ways`, { skip: aria2Skip }, async () => {
    const run = `aria-${name}-${ours}`;
    await theyFetch(`${run}-get`, (torrent, dir) => aria2(torrent, dir, ...theirs), meeting);
    await weFetch(`${run}-seed`, (torrent, dir) => aria2(torrent, dir, ...SEEDS, ...theirs), meeting);
  });
}

const ENCRYPTED_RTORRENT = [
  ['allow_incoming,try_outgoing,enable_retry', 'required'],
  ['allow_incoming,try_outgoing,enable_retry', 'preferred'],
  ['allow_incoming,try_outgoing,require,prefer_plaintext', 'allowed'],
  ['allow_incoming,try_outgoing,require,require_RC4', 'allowed'],
  ['allow_incoming,try_outgoing,require,require_RC4', 'required'],
] as const;
for (const [theirs, ours] of ENCRYPTED_RTORRENT) {
  const meeting = { create: ['--v1'], own: ['--encryption', ours] };
  const start = (torrent: string, dir: string) => rtorrent(torrent, dir, theirs);
  test(`rTorrent with ${theirs} and ${ours}, both ways`, { skip: rtorrentSkip }, async () => {
    const run = `rt-${theirs.replaceAll(',', '-')}-${ours}`;
    await theyFetch(`${run}-get`, start, meeting);
    await weFetch(`${run}-seed`, start, meeting);
  });
}

test("Shoal's torrents are read by transmission-show and aria2", {
  skip: skipUnless('transmission-show') || aria2Skip,
}, async () => {
  for (const version of ['v1', 'hybrid']) {
    const torrent = await create(`read-${version}`, `--${version}`, '--private', '--comment', 'a note');
    if (version === 'v1') {
      const show = bench.run('transmission-show', 'transmission-show', [torrent]);
      assert.equal(await show.exited, 0, show.output);
      assert.match(show.output, /Private torrent|Privacy: Private/);
    }
    const list = bench.run('aria2', 'aria2c', ['-S', torrent]);
    assert.equal(await list.exited, 0, list.output);
    assert.match(list.output, /a\.bin/);
  }
});

test('shoal reads and verifies what mktorrent and transmission-create make', {
  skip: skipUnless('mktorrent') || skipUnless('transmission-create'),
}, async () => {
  for (const [name, args] of [
    ['mktorrent', ['-l', '16', '-o']],
    ['transmission-create', ['-s', '64', '-o']],
  ] as const) {
    const torrent = join(bench.dir, `${name}.torrent`);
    const made = bench.run(name, name, [...args, torrent, data]);
    assert.equal(await made.exited, 0, made.output);
    const verified = await bench.shoal(['verify', torrent, dirname(data)]).event('verified');
    assert.equal(verified.ok, true);
  }
});
