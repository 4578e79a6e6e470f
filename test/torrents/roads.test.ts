// One road: `get` and `share` say the same, to people and to programs, whether a peer of their own does the work or the daemon.
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { Bench, freePort } from '../../testkit/bench.ts';
import { Daemon } from '../../testkit/daemon.ts';
import { firstDifference } from '../../testkit/files.ts';
import type { JsonEvent, Program } from '../../testkit/program.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'src/app/main.ts');
const NOBODY = 'magnet:?xt=urn:btih:0123456789abcdef0123456789abcdef01234567';

let bench: Bench;
let daemon: Daemon;
let data: string;
let torrent: string;
let magnet: string;
let seedPort: number;
before(async () => {
  bench = await Bench.open();
  data = await bench.makeData();
  const seed = bench.shoal(['share', data, '--port', '0']);
  const ready = await seed.event('ready');
  [magnet, torrent, seedPort] = [ready.magnet as string, ready.torrent as string, ready.port as number];
  daemon = await Daemon.up(bench, 'roads');
});
after(() => bench.close());

const ROADS = ['own', 'daemon'] as const;
type Road = (typeof ROADS)[number];

interface Case {
  readonly name: string;
  /** @param folder where the case puts its files, different on each road */
  readonly args: (folder: string) => readonly string[];
  readonly prepare?: (folder: string) => void;
  readonly status: number;
  /** It goes on until it is stopped, where no daemon does that for it. */
  readonly isLasting?: boolean;
  readonly check?: (events: readonly JsonEvent[], folder: string) => void | Promise<void>;
}

const get =
  (link: () => string, ...more: string[]) =>
  (folder: string): string[] => ['get', link(), '-o', folder, ...more];

const whole: Case['check'] = async (_, folder) =>
  assert.equal(await firstDifference(data, join(folder, 'data')), undefined);

const CASES: readonly Case[] = [
  { name: 'a magnet link', args: get(() => magnet), status: 0, check: whole },
  {
    name: 'a torrent file, in order, with limits, its peer named',
    status: 0,
    check: whole,
    args: (folder) => [
      'get',
      torrent,
      '-o',
      folder,
      '--sequential',
      '--limit-down',
      '50M',
      '--limit-up',
      '9M',
      '--peer',
      `localhost:${seedPort}`,
    ],
  },
  {
    name: 'some files',
    args: get(() => magnet, '--select', '*.bin'),
    status: 0,
    check: (events) => assert.equal(events.at(-1)!.size, 5_000_001),
  },
  {
    name: 'a tracker that refuses',
    status: 3,
    args: get(() => NOBODY, '--tracker', 'http://127.0.0.1:9/announce', '--timeout', '2'),
    check: (events) =>
      assert.match(
        events.at(-1)!.message as string,
        /^no peer was found within 2 s \(.*nobody listens there/,
      ),
  },
  {
    name: 'seeding for some time',
    args: get(() => magnet, '--seed-time', '1'),
    status: 0,
    check: (events) => assert.ok(events.some(({ event }) => event === 'complete')),
  },
  { name: 'seeding until a ratio', args: get(() => magnet, '--seed-ratio', '0'), status: 0 },
  {
    name: 'without the DHT and the local network',
    args: get(() => magnet, '--no-dht', '--no-lsd'),
    status: 0,
  },
  { name: 'nobody has it', args: get(() => NOBODY, '--timeout', '1'), status: 3 },
  { name: 'a selection of nothing', args: get(() => magnet, '--select', '*.mkv'), status: 2 },
  { name: 'no link', args: get(() => 'nonsense'), status: 2 },
  { name: 'no such file', args: get(() => './nosuch.torrent'), status: 1 },
  { name: 'a folder that cannot be made', args: () => ['get', magnet, '-o', '/dev/null/x'], status: 1 },
  {
    name: 'a file of a person in the way',
    args: get(() => magnet),
    status: 1,
    prepare: (folder) => {
      mkdirSync(join(folder, 'data'));
      writeFileSync(join(folder, 'data', 'a.bin'), 'not this');
    },
    check: (events) => assert.equal(events.at(-1)!.code, 'name-conflict'),
  },
  { name: 'share a folder', args: () => ['share', data], status: 0, isLasting: true },
  {
    name: 'share a folder, described otherwise',
    status: 0,
    isLasting: true,
    args: () => [
      'share',
      data,
      '--v1',
      '--piece-length',
      '64K',
      '--private',
      '--super-seed',
      '--tracker',
      'http://127.0.0.1:9/announce',
      '--limit-up',
      '1M',
    ],
    check: ([ready]) => {
      assert.match(ready!.magnet as string, /tr=http/);
      assert.equal(ready!.infoHashV2, null);
    },
  },
  {
    name: 'share the data of a torrent file',
    args: () => ['share', torrent, '--dir', dirname(data)],
    status: 0,
    isLasting: true,
  },
  {
    name: 'share data that is not whole',
    args: (folder) => ['share', torrent, '--dir', folder],
    status: 1,
    prepare: (folder) => {
      mkdirSync(join(folder, 'data'));
      writeFileSync(join(folder, 'data', 'a.bin'), 'not this');
    },
  },
  { name: 'share what is not there', args: () => ['share', '/nonexistent'], status: 1 },
];

interface Outcome {
  readonly status: number | null;
  readonly said: string;
  readonly events: readonly JsonEvent[];
  readonly folder: string;
}

let runs = 0;

async function run(road: Road, one: Case, isJson: boolean): Promise<Outcome> {
  const name = `run-${runs++}`;
  const folder = await bench.folder(name);
  one.prepare?.(folder);
  const own = ['--state', join(bench.dir, `state-${name}`), '--port', '0', '--no-dht', '--no-lsd'];
  const where = road === 'own' ? own : ['--state', daemon.state];
  const args = [MAIN, ...one.args(folder), ...where, ...(isJson ? ['--json'] : [])];
  const program = bench.run(`shoal ${road}`, process.execPath, args);
  if (one.isLasting === true && road === 'own') await stopWhenReady(program);
  const status = await program.exited;
  for (const { id } of await daemon.shares()) await daemon.ask('DELETE', `shares/${id}`);
  const isStopped = one.isLasting === true && road === 'own';
  return {
    status: isStopped && status === 130 ? 0 : status,
    said: program.output,
    events: program.events,
    folder,
  };
}

async function stopWhenReady(program: Program): Promise<void> {
  await program.until(
    () => (/"event":"ready"|^\S+ get '/m.test(program.output) ? true : undefined),
    'it is ready',
  );
  program.child.kill('SIGINT');
}

/** Fields that differ from run to run, or that only the daemon has. */
function linesOf({ said, folder }: Outcome): string[] {
  return (
    said
      .replaceAll(folder, 'FOLDER')
      .split('\n')
      .filter(
        (line) => line !== '' && !/^(the daemon |share \d+ of the daemon |it keeps its limits)/.test(line),
      )
      .filter((line) => !/stopped sharing/.test(line))
      // A line now and then shows how far it is.
      .filter((line) => !/^\S+: \w+.*, down .*, up /.test(line))
      .map((line) =>
        line
          .replace(/; the (daemon goes on sharing it|share has reached its goal)$/, '')
          .replace(/on port \d+; torrent file: .*\//, 'on port PORT; torrent file: ')
          .replace(/x\.pe=[^&']*/g, 'x.pe=PEER')
          .replace(/in [\d.]+ (s|min) \(.*?\/s\)/, 'in TIME'),
      )
  );
}

/** Events in their order, a run of progress as one; what is measured is left out. */
function shapeOf({ events, folder }: Outcome): unknown[] {
  const shape = events
    .filter(({ event, code }) => !(event === 'error' && code === 'aborted'))
    .map(({ event, ...fields }) => {
      const told = Object.fromEntries(
        Object.entries(fields).map(([name, value]) => [
          name,
          MEASURED.has(name) ? '' : normal(value, folder),
        ]),
      );
      return { event, ...told };
    });
  return shape.filter((one, at) => one.event !== 'progress' || shape[at - 1]?.event !== 'progress');
}

const MEASURED = new Set(
  [
    'phase',
    'state',
    'totalBytes',
    'doneBytes',
    'downloadRate',
    'uploadRate',
    'downloadedBytes',
    'uploadedBytes',
  ].concat(['peers', 'seeds', 'secondsLeft', 'trouble', 'seconds', 'port', 'share', 'name', 'uploadBytes']),
);

function normal(value: unknown, folder: string): unknown {
  if (typeof value !== 'string') return value;
  return value
    .replaceAll(folder, 'FOLDER')
    .replace(/.*\/torrents\//, '')
    .replace(/x\.pe=[^&]*/g, 'x.pe=PEER');
}

for (const one of CASES)
  test(`the same on both roads: ${one.name}`, async () => {
    const [spoken, told] = [new Map<Road, Outcome>(), new Map<Road, Outcome>()];
    for (const road of ROADS) {
      spoken.set(road, await run(road, one, false));
      told.set(road, await run(road, one, true));
      for (const outcome of [spoken.get(road)!, told.get(road)!])
        assert.equal(outcome.status, one.status, `${road}: ${outcome.said}`);
      await one.check?.(told.get(road)!.events, told.get(road)!.folder);
    }
    assert.deepEqual(linesOf(spoken.get('daemon')!), linesOf(spoken.get('own')!));
    assert.deepEqual(shapeOf(told.get('daemon')!), shapeOf(told.get('own')!));
  });

for (const road of ROADS)
  test(`the ratio is that of what was sent in all runs to the size, whatever was here before: ${road}`, async () => {
    const folder = await bench.folder(`ratio-${road}`);
    // Three fifths are here already: the size counts, not what comes.
    mkdirSync(join(folder, 'data'));
    copyFileSync(join(data, 'a.bin'), join(folder, 'data', 'a.bin'));
    const port =
      road === 'own' ? await freePort() : (await daemon.ask<{ peerPort: number }>('GET', 'status')).peerPort;
    const own = ['--state', join(bench.dir, 'state-ratio'), '--port', `${port}`, '--no-dht', '--no-lsd'];
    const where = road === 'own' ? own : ['--state', daemon.state];
    const start = (): Program =>
      bench.run(`shoal ${road}`, process.execPath, [
        ...[MAIN, 'get', torrent, '-o', folder, '--peer', `127.0.0.1:${seedPort}`],
        ...['--seed-ratio', '1', ...where, '--json'],
      ]);
    const seeding = start();
    await seeding.event('complete');
    const taker = bench.shoal([
      ...['get', torrent, '-o', await bench.folder(`taker-${road}`), '--port', '0'],
      ...['--peer', `127.0.0.1:${port}`],
    ]);
    assert.equal(await taker.exited, 0, taker.output);
    const done = await seeding.event('done');
    assert.ok((done.uploadBytes as number) >= (done.size as number), JSON.stringify(done));
    assert.ok((done.downloadBytes as number) < (done.size as number) / 2, JSON.stringify(done));
    assert.equal(await seeding.exited, 0);
    const again = start();
    assert.equal(await again.exited, 0, again.output);
    assert.equal(again.events.at(-1)!.uploadBytes, 0, 'it has sent enough in its first run');
    for (const { id } of await daemon.shares()) await daemon.ask('DELETE', `shares/${id}`);
  });

test('beside another command without a daemon, get keeps its state for its own run; publish is refused', async () => {
  const env = { XDG_STATE_HOME: join(bench.dir, 'side-by-side') };
  const alone = ['--port', '0', '--no-lsd'];
  const start = (...args: string[]): Program =>
    bench.run(`shoal ${args[0]}`, process.execPath, [MAIN, ...args, ...alone], env);
  const share = start('share', data, '--no-dht');
  const link = await share.until(() => /get '(.*)'$/m.exec(share.output)?.[1], 'it is shared');
  const folder = await bench.folder('side-by-side-out');
  const got = start('get', link, '-o', folder, '--no-dht');
  assert.equal(await got.exited, 0, got.output);
  assert.match(
    got.output,
    /process \d+ uses the state folder .*: this command keeps its state until it ends/,
  );
  assert.equal(await firstDifference(data, join(folder, 'data')), undefined);
  assert.deepEqual(readdirSync(join(env.XDG_STATE_HOME, 'shoal', 'runs')), []);
  const refused = start('publish', 'app', data, '--dht-router', 'none');
  assert.equal(await refused.exited, 1, refused.output);
  assert.match(refused.output, /uses the state folder/);
  await share.stop();
});
