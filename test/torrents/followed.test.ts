// What the daemon follows is a share of its roster: listed, paused, limited, counted, kept over restarts, and replaced.
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';
import { Bench } from '../../testkit/bench.ts';
import { Daemon, type ShareSummary } from '../../testkit/daemon.ts';
import { firstDifference } from '../../testkit/files.ts';
import { waitFor } from '../../testkit/wait.ts';
import { createPrng } from '../../src/ground/prng.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'src/app/main.ts');
const PIECE = 65_536;

interface Followed extends ShareSummary {
  readonly follow: number | null;
  readonly isInPlace: boolean;
  readonly uploadLimit: number | null;
  readonly downloadedBytes: number;
  readonly magnet: string;
}

interface Follow {
  readonly id: number;
  readonly state: string;
  readonly share: number | null;
  readonly sequence: number | null;
  readonly trouble: string | null;
}

let bench: Bench;
let node: string;
let publisher: Daemon;
before(async () => {
  bench = await Bench.open();
  // The network is one node that all others begin with.
  const root = await up('root', '127.0.0.1:9');
  node = `127.0.0.1:${(await root.program.event('ready')).peerPort}`;
  publisher = await up('publisher');
});
after(() => bench.close());

const up = (name: string, begin = node): Promise<Daemon> => Daemon.up(bench, name, '--dht-node', begin);

async function kill({ program }: Daemon): Promise<void> {
  program.child.kill('SIGKILL');
  await program.exited;
}

/** A folder that is published under its name. */
async function makeSource(name: string, pieces: number): Promise<string> {
  const source = await bench.folder(`source/${name}`);
  mkdirSync(join(source, 'lib'));
  writeFileSync(join(source, 'lib/big.bin'), createPrng(5).fill(new Uint8Array(pieces * PIECE + 17)));
  writeFileSync(join(source, 'readme.txt'), 'first');
  return source;
}

const publish = (name: string, path: string): Promise<{ readonly link: string }> =>
  publisher.ask('POST', 'publications', { name, path, pieceLength: PIECE });

const sharesOf = async (daemon: Daemon): Promise<readonly Followed[]> =>
  (await daemon.shares()) as readonly Followed[];

const followsOf = async (daemon: Daemon): Promise<readonly Follow[]> =>
  (await daemon.ask<{ follows: readonly Follow[] }>('GET', 'follows')).follows;

/** Until its first share is like that; returns it. */
async function until(daemon: Daemon, what: string, isSo: (share: Followed) => boolean): Promise<Followed> {
  const isFirstSo = (all: readonly ShareSummary[]): boolean => all.length === 1 && isSo(all[0] as Followed);
  return (await daemon.untilShares(what, isFirstSo))[0] as Followed;
}

async function untilFollow(daemon: Daemon, what: string, isSo: (follow: Follow) => boolean): Promise<Follow> {
  let follow: Follow | undefined;
  await waitFor(
    async () => {
      follow = (await followsOf(daemon)).at(-1);
      return follow !== undefined && isSo(follow);
    },
    what,
    { explain: () => JSON.stringify(follow) },
  );
  return follow!;
}

test('a version is a share; the next takes its place with its preferences, also after a crash', async () => {
  const source = await makeSource('app', 20);
  const { link } = await publish('app', source);
  const [first, folder] = [await up('listed'), await bench.folder('listed')];
  await first.ask('POST', 'follows', { link, folder, everySeconds: 5 });
  const one = await until(
    first,
    'version 1 is seeded',
    ({ phase, isInPlace }) => isInPlace && phase === 'seeding',
  );
  assert.deepEqual([one.follow, one.folder, one.name], [1, folder, 'app']);
  assert.ok(one.downloadedBytes >= 20 * PIECE, `${one.downloadedBytes} bytes are counted`);
  const shown = await untilFollow(first, 'it is shown', ({ state }) => state === 'shown');
  assert.deepEqual([shown.share, shown.sequence], [one.id, 1]);

  await first.ask('PATCH', `shares/${one.id}`, { labels: ['keep'], uploadLimit: 500_000 });
  const wishes = [
    { folder: await bench.folder('elsewhere') },
    { files: [{ index: 0, isWanted: false }] },
  ] as const;
  for (const wish of wishes) {
    const { status, answer } = await first.answer('PATCH', `shares/${one.id}`, wish);
    assert.deepEqual([status, answer.code], [409, 'unsupported']);
    assert.match(answer.message as string, /by follow 1/);
  }
  writeFileSync(join(source, 'readme.txt'), 'second');
  await publish('app', source);
  const isNext = ({ id, phase, isInPlace }: Followed): boolean =>
    id !== one.id && isInPlace && phase === 'seeding';
  const two = await until(first, 'version 2 has taken its place', isNext);
  assert.deepEqual([two.follow, two.labels, two.uploadLimit], [1, ['keep'], 500_000]);
  assert.equal(await firstDifference(source, join(folder, 'app')), undefined);

  await kill(first);
  const again = await up('listed');
  const isThere = ({ id, phase }: Followed): boolean => id === two.id && phase === 'seeding';
  await until(again, 'it is seeded again', isThere);
  await kill(again);

  // As after a crash between the swap of the folders and that of the shares.
  const torn = new DatabaseSync(join(again.state, 'shoal.db'));
  const staging = join(folder, '.shoal-follow', 'none', two.hash);
  torn
    .prepare("UPDATE roster SET kind = 'fetch', folder = ?, done_at = NULL WHERE id = ?")
    .run(staging, two.id);
  torn
    .prepare(
      "INSERT INTO roster (key, kind, folder, added_at, wishes, follow) VALUES (?, 'place', ?, 0, '{}', 1)",
    )
    .run(one.hash, join(folder, 'app'));
  torn.close();
  const mended = await up('listed');
  await until(
    mended,
    'the old share is gone, the new one in place',
    (share) => isThere(share) && share.isInPlace,
  );
  assert.ok(!existsSync(staging), 'nothing was fetched again');
  await kill(mended);

  // As an earlier Shoal left it, which knew no share of a follow.
  const db = new DatabaseSync(join(again.state, 'shoal.db'));
  db.exec('DELETE FROM roster; ALTER TABLE roster DROP COLUMN follow; PRAGMA user_version = 7');
  db.close();
  const newer = await up('listed');
  const three = await until(newer, 'version 2 has a share', ({ phase }) => phase === 'seeding');
  assert.deepEqual([three.follow, three.hash, three.isInPlace], [1, two.hash, true]);
  const removed = await bench
    .shoal(['remove', `${three.id}`, '--data'], { state: newer.state })
    .event('removed');
  assert.deepEqual([removed.isDataRemoved, removed.follow], [true, 1]);
  assert.deepEqual([await followsOf(newer), await newer.shares()], [[], []]);
  assert.deepEqual(readdirSync(folder), [], 'what was fetched is gone, and nothing hidden stays');
  await newer.stop();
});

test('a version that is fetched goes on after a crash, is paused, and ends with its follow', async () => {
  const source = await makeSource('large', 100);
  const { link } = await publish('large', source);
  const [begun, folder] = [await up('paused'), await bench.folder('paused')];
  await begun.ask('POST', 'follows', { link, folder, everySeconds: 5, downloadLimit: 400_000 });
  const one = await until(begun, 'a part is here', ({ doneBytes }) => doneBytes > 10 * PIECE);
  await kill(begun);
  const first = await up('paused');
  await until(first, 'it goes on', ({ id, doneBytes }) => id === one.id && doneBytes > 20 * PIECE);
  assert.deepEqual([one.follow, one.isInPlace], [1, false]);
  await first.ask('PATCH', `shares/${one.id}`, { isPaused: true });
  const { share } = await untilFollow(first, 'the follow says so', ({ state }) => state === 'paused');
  assert.equal(share, one.id);
  await kill(first);

  const again = await up('paused');
  await untilFollow(again, 'it is still paused', ({ state }) => state === 'paused');
  const waiting = await until(again, 'and so is the share', ({ phase }) => phase === 'paused');
  assert.ok(waiting.id === one.id && waiting.doneBytes > 9 * PIECE, JSON.stringify(waiting));
  // Who runs the command wants it to go on.
  await again.ask('PATCH', `shares/${one.id}`, { downloadLimit: null });
  const args = ['follow', link, '-o', folder, '--state', again.state, '--json'];
  const command = bench.run('shoal follow', process.execPath, [MAIN, ...args]);
  assert.equal(await command.exited, 0, command.output);
  const whole = await until(again, 'it is shown', ({ phase, isInPlace }) => isInPlace && phase === 'seeding');
  assert.equal(whole.id, one.id);
  assert.ok(whole.downloadedBytes < 110 * PIECE, `${whole.downloadedBytes} bytes came`);
  assert.equal(await firstDifference(source, join(folder, 'large')), undefined);

  // A person pauses what is seeded: the next version waits as well.
  await again.ask('PATCH', `shares/${one.id}`, { isPaused: true, downloadLimit: 100_000 });
  writeFileSync(join(source, 'new.bin'), createPrng(6).fill(new Uint8Array(50 * PIECE)));
  await publish('large', source);
  await untilFollow(again, 'the next version waits', ({ state }) => state === 'paused');
  const next = (await sharesOf(again)).find(({ id }) => id !== one.id)!;
  await again.ask('PATCH', `shares/${next.id}`, { isPaused: false });
  await again.untilShares('it is fetched', (all) =>
    all.some(({ id, doneBytes }) => id === next.id && doneBytes > 0),
  );
  assert.equal((await again.answer('DELETE', 'follows/1')).status, 204);
  const left = await sharesOf(again);
  assert.deepEqual(
    left.map(({ id, follow, isInPlace }) => [id, follow, isInPlace]),
    [[one.id, null, true]],
    'what was shown is a share like any other',
  );
  assert.deepEqual(readdirSync(folder), ['large'], 'half a version does not stay');
  await again.stop();
});

test('a share that is there already is used where it fits; else the refusal says which it is', async () => {
  const source = await makeSource('twin', 5);
  const { link } = await publish('twin', source);
  const published = (await sharesOf(publisher)).find(({ name }) => name === 'twin')!;
  const [daemon, folder] = [await up('twin'), await bench.folder('twin')];
  const [elsewhere, moved] = [await bench.folder('twin-elsewhere'), join(bench.dir, 'moved')];
  await daemon.ask('POST', 'shares', { link: published.magnet, folder });
  const own = await until(daemon, 'it is fetched', ({ phase }) => phase === 'seeding');
  await daemon.ask('POST', 'follows', { link, folder, everySeconds: 5 });
  const used = await until(
    daemon,
    'the follow has it',
    ({ follow, phase }) => follow === 1 && phase === 'seeding',
  );
  assert.deepEqual([used.id, used.isInPlace, used.downloadedBytes], [own.id, true, own.downloadedBytes]);
  await untilFollow(daemon, 'it is shown', ({ state, share }) => state === 'shown' && share === own.id);

  await daemon.ask('POST', 'follows', { link, folder: elsewhere, everySeconds: 5 });
  const refused = await untilFollow(daemon, 'it is refused', ({ trouble }) => trouble !== null);
  assert.match(refused.trouble!, new RegExp(`"twin" already, share ${own.id} of follow 1 in ${folder}: end`));
  assert.equal((await daemon.answer('DELETE', 'follows/1')).status, 204);
  assert.equal((await sharesOf(daemon))[0]!.follow, null);
  // Followed again, it is used again; and a person who removes it ends the follow.
  await daemon.ask('POST', 'follows', { link, folder, everySeconds: 5 });
  await until(daemon, 'it is owned again', ({ follow }) => follow === 3);
  assert.equal((await daemon.answer('DELETE', `shares/${own.id}`)).status, 204);
  assert.deepEqual(
    (await followsOf(daemon)).map(({ id }) => id),
    [refused.id],
  );
  assert.equal(await firstDifference(source, join(folder, 'twin')), undefined, 'its data stays');
  // The way is free.
  renameSync(join(folder, 'twin'), moved);
  await daemon.ask('POST', 'follows', { link, folder: elsewhere });
  await until(daemon, 'it is fetched there', ({ follow, isInPlace }) => follow === refused.id && isInPlace);
  assert.equal(await firstDifference(source, join(elsewhere, 'twin')), undefined);
  await daemon.stop();
});

test('a folder that a person shared is used, and kept when a newer version takes its place', async () => {
  const source = await makeSource('mine', 5);
  const [daemon, folder] = [await up('mine'), await bench.folder('mine')];
  cpSync(source, join(folder, 'mine'), { recursive: true });
  const { link } = await publish('mine', source);
  const own = await daemon.ask('POST', 'shares', { path: join(folder, 'mine'), pieceLength: PIECE });
  await daemon.ask('POST', 'follows', { link, folder, everySeconds: 5 });
  const used = await until(daemon, 'the follow has it', ({ follow }) => follow === 1);
  assert.deepEqual([used.id, used.downloadedBytes], [own.id, 0]);
  writeFileSync(join(source, 'readme.txt'), 'second');
  await publish('mine', source);
  const isNext = ({ id, phase, isInPlace }: Followed): boolean =>
    id !== own.id && isInPlace && phase === 'seeding';
  await until(daemon, 'version 2 has taken its place', isNext);
  assert.equal(await firstDifference(source, join(folder, 'mine')), undefined);
  assert.equal(readFileSync(join(folder, 'mine (changed 1)', 'readme.txt'), 'utf8'), 'first');
  await daemon.stop();
});
