// What the daemon publishes and follows: the commands say the same as without it, and it goes on over restarts.
import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Bench } from '../../testkit/bench.ts';
import { Daemon } from '../../testkit/daemon.ts';
import { firstDifference } from '../../testkit/files.ts';
import type { JsonEvent, Program } from '../../testkit/program.ts';
import { waitFor } from '../../testkit/wait.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'src/app/main.ts');

let bench: Bench;
let node: string;
let source: string;
before(async () => {
  bench = await Bench.open();
  // The network is one node that all others begin with.
  const root = await Daemon.up(bench, 'root', '--dht-node', '127.0.0.1:9');
  const { peerPort } = await root.program.event('ready');
  node = `127.0.0.1:${peerPort}`;
  source = await bench.makeData('app');
});
after(() => bench.close());

const up = (name: string): Promise<Daemon> => Daemon.up(bench, name, '--dht-node', node);

/** A command beside a daemon. */
function start(daemon: Daemon, ...args: string[]): Program {
  return bench.run(`shoal ${args[0]}`, process.execPath, [MAIN, ...args, '--state', daemon.state, '--json']);
}

async function run(daemon: Daemon, ...args: string[]): Promise<readonly JsonEvent[]> {
  const program = start(daemon, ...args);
  assert.equal(await program.exited, 0, program.output);
  return program.events;
}

/** Names of events, and of their fields. */
const shapeOf = (events: readonly JsonEvent[]): string[] =>
  events.map((event) => Object.keys(event).join()).filter((shape, at, all) => shape !== all[at - 1]);

const said = (program: Program): string[] =>
  program.output.split('\n').filter((line) => line !== '' && !line.startsWith('{'));

test('publish and follow tell the same on both roads, and the daemon goes on with both', async () => {
  const [publisher, follower] = [await up('publisher'), await up('follower')];
  const published = await run(publisher, 'publish', 'app', source, '--piece-length', '64K');
  const own = bench.shoal([
    'publish',
    'app',
    source,
    '--port',
    '0',
    '--dht-node',
    node,
    '--piece-length',
    '64K',
  ]);
  await own.event('put');
  assert.deepEqual(shapeOf(published), shapeOf(own.events));
  await own.stop();
  const [ready, put] = published;
  assert.deepEqual([ready!.sequence, ready!.publication, put!.superseded], [1, 1, false]);
  assert.ok((put!.stored as number) > 0);
  const link = ready!.link as string;

  const [byDaemon, byCommand] = [await bench.folder('by-daemon'), await bench.folder('by-command')];
  const followed = await run(follower, 'follow', link, '-o', byDaemon, '--every', '5');
  const alone = bench.shoal(['follow', link, '-o', byCommand, '--port', '0', '--dht-node', node, '--once']);
  assert.equal(await alone.exited, 0, alone.output);
  assert.deepEqual(shapeOf(followed), shapeOf(alone.events));
  for (const folder of [byDaemon, byCommand])
    assert.equal(await firstDifference(source, join(folder, 'app')), undefined);

  // The commands have ended: a new version is signed, and comes by itself.
  writeFileSync(join(source, 'new.bin'), new Uint8Array(100_000).fill(7));
  assert.equal((await run(publisher, 'publish', 'app', source))[0]!.sequence, 2);
  const isHere = (): boolean => existsSync(join(byDaemon, 'app', 'new.bin'));
  await waitFor(isHere, 'version 2 is here');
  assert.deepEqual(
    (await publisher.shares()).map(({ id, phase }) => [id, phase]),
    [[2, 'seeding']],
    'the share of the old version made way',
  );

  // Both go on after a crash.
  for (const daemon of [publisher, follower]) {
    daemon.program.child.kill('SIGKILL');
    await daemon.program.exited;
  }
  const [publisherAgain, followerAgain] = [await up('publisher'), await up('follower')];
  const isOpen = async (): Promise<boolean> => {
    const [one] = await run(publisherAgain, 'publications', 'list');
    return one!.sequence === 2 && (one!.stored as number) > 0 && one!.trouble === null;
  };
  await waitFor(isOpen, 'version 2 is signed again');
  writeFileSync(join(source, 'third.bin'), new Uint8Array(50_000).fill(9));
  await run(publisherAgain, 'publish', 'app', source);
  await waitFor(() => existsSync(join(byDaemon, 'app', 'third.bin')), 'version 3 is here');
  const isTold = async (): Promise<boolean> => {
    const [follow] = await run(followerAgain, 'follows', 'list');
    return follow!.sequence === 3 && follow!.state === 'shown' && follow!.folder === byDaemon;
  };
  await waitFor(isTold, 'the list says so');

  assert.deepEqual(await run(publisherAgain, 'publications', 'remove', 'app'), [
    { event: 'removed', publication: 1 },
  ]);
  assert.deepEqual(await run(followerAgain, 'follows', 'remove', '1'), [{ event: 'removed', follow: 1 }]);
  assert.deepEqual(await run(publisherAgain, 'publications', 'list'), []);
  assert.deepEqual(await run(followerAgain, 'follows', 'list'), []);
  assert.equal(await firstDifference(source, join(byDaemon, 'app')), undefined, 'what is here stays');
  assert.equal((await publisherAgain.shares()).length, 1, 'and so does the share');
  await Promise.all([publisherAgain.stop(), followerAgain.stop()]);
});

test('events tell of publications and follows as they begin, change and end', async () => {
  const daemon = await up('told');
  const abort = new AbortController();
  const response = await daemon.fetch('/api/v1/events', { signal: abort.signal });
  let heard = '';
  const listening = (async () => {
    for await (const chunk of response.body!) heard += Buffer.from(chunk).toString();
  })().catch(() => {});
  const until = (pattern: RegExp): Promise<void> =>
    waitFor(() => pattern.test(heard), `${pattern} was told`, { explain: () => heard.slice(-2000) });
  await until(/event: ready\n/);
  const file = await bench.writeFile('told.txt', 'told');
  await daemon.ask('POST', 'publications', { name: 'told', path: file });
  await until(/event: publication\ndata: \{"id":1,"name":"told"/);
  await until(/event: publication\n.*"stored":[1-9]/);
  const link = `magnet:?xs=urn:btpk:${'ef'.repeat(32)}&s=78`;
  await daemon.ask('POST', 'follows', { link, folder: await bench.folder('told') });
  // It has looked, and found nothing.
  await until(/event: follow\n.*"state":"looking".*"lookedAt":"/);
  const [told] = (await daemon.ask<{ follows: { lookedAt: string }[] }>('GET', 'follows')).follows;
  assert.ok(Date.parse(told!.lookedAt) <= Date.now());
  // A listener that comes later hears of both before it is told that this is all.
  const late = new AbortController();
  const { body } = await daemon.fetch('/api/v1/events', { signal: late.signal });
  let first = '';
  for await (const chunk of body!) {
    first += Buffer.from(chunk).toString();
    if (first.includes('event: ready')) break;
  }
  assert.match(first, /event: publication\n[\s\S]*event: follow\n[\s\S]*event: ready\n/);
  late.abort();
  // What is wrong with a publication is told as well.
  await daemon.ask('DELETE', 'shares/1');
  await until(/event: publication\n.*its share is no longer here/);
  for (const kind of ['publication', 'follow']) {
    await daemon.ask('DELETE', `${kind}s/1`);
    await until(new RegExp(`event: ${kind}-removed\\ndata: \\{"id":1\\}`));
  }
  abort.abort();
  await listening;
  await daemon.stop();
});

test('what cannot be followed or published is refused, and nothing of it goes on', async () => {
  const daemon = await up('refused');
  const nobody = `magnet:?xs=urn:btpk:${'ab'.repeat(32)}&s=${Buffer.from('x').toString('hex')}`;
  const late = start(daemon, 'follow', nobody, '-o', await bench.folder('late'), '--timeout', '1');
  assert.equal(await late.exited, 3, late.output);
  assert.equal(late.events.at(-1)!.code, 'nothing-found');
  assert.deepEqual(await run(daemon, 'follows', 'list'), []);
  const wrong = start(daemon, 'publish', 'app', '/nonexistent');
  assert.equal(await wrong.exited, 1, wrong.output);
  assert.deepEqual(await run(daemon, 'publications', 'list'), []);
  const option = start(daemon, 'publish', 'app', source, '--dht-router', node);
  assert.equal(await option.exited, 1);
  assert.match(
    option.events.at(-1)!.message as string,
    /it begins with none of the well-known DHT nodes: leave out --dht-router/,
  );
  for (const kind of ['publications', 'follows'])
    assert.equal(await start(daemon, kind, 'remove', '7').exited, 2);

  const hidden = await Daemon.up(bench, 'without-dht');
  for (const args of [
    ['publish', 'app', source],
    ['follow', nobody],
  ]) {
    const refused = start(hidden, ...args);
    assert.equal(await refused.exited, 1, refused.output);
    assert.match(refused.events.at(-1)!.message as string, /needs the DHT, and this daemon does without it/);
  }
  assert.ok(!existsSync(join(bench.dir, 'daemon-without-dht', 'keys')), 'no key is made for nothing');
  assert.deepEqual(said(late), []);
  await Promise.all([daemon.stop(), hidden.stop()]);
});

test('Ctrl-C leaves a follow to the daemon, and says how to end it', async () => {
  const daemon = await up('left');
  const nobody = `magnet:?xs=urn:btpk:${'cd'.repeat(32)}&s=${Buffer.from('x').toString('hex')}`;
  const follow = start(daemon, 'follow', nobody, '-o', await bench.folder('left'));
  await follow.event('nothing-found');
  follow.child.kill('SIGINT');
  assert.equal(await follow.exited, 130);
  assert.match(follow.events.at(-1)!.message as string, /goes on following it, until: \S+ follows remove 1/);
  assert.equal((await run(daemon, 'follows', 'list'))[0]!.state, 'looking');
  await daemon.stop();
});
