// Our daemon, driven by a client that was made for qBittorrent.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { Bench, PROGRAMS } from '../../testkit/bench.ts';
import { Daemon } from '../../testkit/daemon.ts';
import { firstDifference } from '../../testkit/files.ts';
import type { Program } from '../../testkit/program.ts';
import { waitFor } from '../../testkit/wait.ts';

type Call = (...args: unknown[]) => Promise<unknown>;
type Client = Readonly<Record<string, Call>>;

let bench: Bench;
let data: string;
let torrent: string;
let magnet: string;
let QBittorrent: new (options: { baseUrl: string; username: string; password: string }) => Client;

before(async () => {
  bench = await Bench.open();
  const path = createRequire(join(PROGRAMS, 'package.json')).resolve('@ctrl/qbittorrent');
  ({ QBittorrent } = (await import(pathToFileURL(path).href)) as { QBittorrent: typeof QBittorrent });
  data = await bench.makeData();
  torrent = join(bench.dir, 'data.torrent');
  await bench.shoal(['create', data, '--hybrid', '-o', torrent, '--piece-length', '64K']).event('created');
  const seed = bench.shoal(['share', torrent, '--dir', dirname(data), '--port', '0']);
  magnet = (await seed.event('ready')).magnet as string;
});
after(() => bench.close());

async function up(
  name: string,
  ...more: string[]
): Promise<{ program: Program; folder: string; client: Client; url: string; token: string }> {
  const { program, folder, url, token } = await Daemon.up(bench, name, ...more);
  return {
    program,
    folder,
    url,
    token,
    client: new QBittorrent({ baseUrl: url, username: 'admin', password: token }),
  };
}

interface Info {
  readonly hash: string;
  readonly state: string;
  readonly progress: number;
  readonly category: string;
  readonly tags: string;
  readonly save_path: string;
  readonly content_path: string;
}
const list = async (client: Client, filter: object = {}): Promise<Info[]> =>
  (await client.listTorrents!(filter)) as Info[];

const until = (what: string, isSo: () => Promise<boolean>): Promise<void> => waitFor(isSo, what);

test('a media manager adds with a category, waits, finds the files, and removes', async () => {
  const { client, folder, program } = await up('manager');
  assert.match((await client.getAppVersion!()) as string, /^v\d/);
  assert.equal(await client.getDefaultSavePath!(), folder);
  const tv = join(folder, 'tv');
  await client.createCategory!('tv', tv);
  assert.deepEqual(await client.getCategories!(), { tv: { name: 'tv', savePath: tv } });
  await client.addMagnet!(magnet, { category: 'tv', tags: 'new,seen' });
  await until('it is whole', async () => (await list(client, { category: 'tv' }))[0]?.progress === 1);
  const [info] = await list(client);
  assert.match(info!.state, /UP$|uploading/);
  assert.deepEqual([info!.category, info!.tags, info!.save_path], ['tv', 'new, seen', tv]);
  assert.equal(info!.content_path, join(tv, 'data'));
  assert.equal(await firstDifference(data, info!.content_path), undefined);
  assert.equal((await list(client, { category: 'films' })).length, 0);
  const files = (await client.torrentFiles!(info!.hash)) as { name: string; progress: number }[];
  assert.ok(files.some(({ name, progress }) => name === 'data/a.bin' && progress === 1));
  assert.equal(((await client.torrentProperties!(info!.hash)) as { save_path: string }).save_path, tv);
  assert.ok(((await client.torrentPieceStates!(info!.hash)) as number[]).every((state) => state === 2));
  await client.pauseTorrent!(info!.hash);
  assert.equal((await list(client))[0]!.state, 'pausedUP');
  await client.resumeTorrent!(info!.hash);
  await until('it seeds again', async () =>
    /UP$|uploading/.test((await list(client, { filter: 'seeding' }))[0]?.state ?? ''),
  );
  await client.removeTorrent!(info!.hash, true);
  assert.equal((await list(client)).length, 0);
  assert.equal(existsSync(join(tv, 'data')), false);
  await program.stop();
});

test('torrent files, priorities, tags, trackers, limits, preferences and the queue', async () => {
  const { client, program } = await up('remote');
  await client.addTorrent!(await readFile(torrent), {
    filename: 'data.torrent',
    paused: 'true',
    stopped: 'true',
  });
  const [info] = await list(client);
  const { hash } = info!;
  assert.equal(info!.state, 'pausedDL');
  const priorities = async (): Promise<number[]> =>
    ((await client.torrentFiles!(hash)) as { priority: number }[]).map(({ priority }) => priority);
  await client.setFilePriority!(hash, '0', 0);
  await client.setFilePriority!(hash, '2', 7);
  assert.deepEqual((await priorities()).slice(0, 3), [0, 1, 6]);
  await client.setTorrentCategory!(hash, 'linux');
  await client.addTorrentTags!(hash, 'iso,big');
  await client.removeTorrentTags!(hash, 'big');
  assert.deepEqual([(await list(client))[0]!.category, (await list(client))[0]!.tags], ['linux', 'iso']);
  await client.addTrackers!(hash, 'udp://127.0.0.1:9/announce');
  await client.setTorrentDownloadLimit!(hash, 50_000);
  assert.deepEqual(await client.getTorrentDownloadLimit!(hash), { [hash]: 50_000 });
  await client.setPreferences!({ dl_limit: 700_000, max_active_downloads: 2, queueing_enabled: true });
  const preferences = (await client.getPreferences!()) as Record<string, unknown>;
  assert.deepEqual([preferences.dl_limit, preferences.max_active_downloads], [700_000, 2]);
  for (const move of ['topPriority', 'queueDown', 'queueUp', 'bottomPriority']) await client[move]!(hash);
  await client.recheckTorrent!(hash);
  await client.reannounceTorrent!(hash);
  assert.deepEqual(await client.torrentWebSeeds!(hash), []);
  const all = (await client.getAllData!()) as { torrents: { name: string }[] };
  assert.deepEqual(
    all.torrents.map(({ name }) => name),
    ['data'],
  );
  await program.stop();
});

test('a name and the token sign in; anything else does not, and not for long', async () => {
  const { client, url, program } = await up('guarded', '--api-token');
  assert.equal((await list(client)).length, 0);
  assert.equal((await fetch(new URL('/api/v2/torrents/info', url))).status, 403);
  const wrong = async (): Promise<string> => {
    const body = new URLSearchParams({ username: 'admin', password: 'guess' });
    return (await fetch(new URL('/api/v2/auth/login', url), { method: 'POST', body })).text();
  };
  for (let i = 0; i < 10; i++) assert.equal(await wrong(), 'Fails.');
  assert.match(await wrong(), /Too many/);
  await program.stop();
});
