// Rules for all interfaces of a daemon: the same bounds, labels of any name, a disk that does not answer.
import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { after, before, test } from 'node:test';
import { createMount } from '../../src/systems/torrents/api/mount.ts';
import { torrents } from '../../src/systems/torrents/system.ts';
import { findRoot } from '../../src/host/roots.ts';
import { ApiServer } from '../../src/http/server.ts';
import { encodeMetainfo } from '../../src/data/content/metainfo.ts';
import { createMetainfo } from '../../src/data/content/node/create.ts';
import { createPeer, type ShoalPeer } from '../../src/systems/torrents/share/peer.ts';
import { Roster } from '../../src/systems/torrents/roster/roster.ts';
import { Updates } from '../../src/systems/torrents/updates/updates.ts';
import { Bench } from '../../testkit/bench.ts';
import { waitFor } from '../../testkit/wait.ts';

const TOKEN = 'f'.repeat(32);

let bench: Bench;
let peer: ShoalPeer;
let roster: Roster;
let api: ApiServer;
before(async () => {
  bench = await Bench.open();
  const local = { host: '127.0.0.1', port: 0, dht: false, lsd: false } as const;
  peer = await createPeer({ ...local, stateDir: await bench.folder('state') });
  roster = new Roster(peer, { downloadDir: await bench.folder('files') });
  await roster.start();
  const keySecret = { value: 'secret', renew: () => {} };
  const mounts = [createMount({ roster, updates: new Updates(roster), keySecret })];
  api = await ApiServer.open({
    mounts,
    systems: [torrents],
    port: 0,
    token: TOKEN,
    trustsAccount: false,
    keySecret,
  });
});
after(async () => {
  await api?.close();
  await roster?.close();
  await bench.close();
});

function ask(path: string, options: RequestInit = {}): Promise<Response> {
  const headers = { authorization: `Bearer ${TOKEN}`, ...(options.headers as Record<string, string>) };
  return fetch(api.url + path, { ...options, headers });
}

interface Answer {
  readonly result: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}
/** @param body of a request to Transmission's RPC */
async function rpc(body: unknown): Promise<Answer> {
  const id = (await ask('transmission/rpc')).headers.get('x-transmission-session-id')!;
  const headers = { 'x-transmission-session-id': id };
  const answer = await ask('transmission/rpc', { method: 'POST', headers, body: JSON.stringify(body) });
  return (await answer.json()) as Answer;
}
/** To qBittorrent's API. */
function post(path: string, fields: Readonly<Record<string, string>>): Promise<Response> {
  return ask(`api/v2/${path}`, { method: 'POST', body: new URLSearchParams(fields) });
}

test('every route lies in a root of its system, or is the server’s own', () => {
  const own =
    /^\/($|assets\/|api\/v1\/(sign-in|sign-out|openapi\.json)$|metrics$|health$|[a-z-]+\.(html|svg|webmanifest|js|md|txt)(\.(br|gz))?$)/;
  const others = api.routes.filter(({ url }) => !own.test(url));
  assert.ok(others.length > 50);
  for (const { url } of others) assert.equal(findRoot([torrents], url)?.system.name, 'torrents', url);
});

test('a setting that cannot be is refused by each interface, and nothing changes', async () => {
  const settings = roster.settings;
  for (const [args, why] of [
    [{ 'cache-size-mb': 1e9 }, /the size of the cache in MiB has to be a whole number from 0 to 4096/],
    [{ 'peer-limit-global': 0 }, /connections of all shares/],
    [{ 'peer-limit-per-torrent': 0.5 }, /connections of each share/],
    [{ 'speed-limit-down': 0, 'speed-limit-down-enabled': true }, /of at least 1024, not 0/],
    [{ 'download-queue-size': 0.5, 'download-queue-enabled': true }, /fetch at once/],
    [{ 'alt-speed-time-begin': 1440, 'alt-speed-time-enabled': true }, /whole number up to 1439/],
    [{ 'alt-speed-time-day': 1.5, 'alt-speed-time-enabled': true }, /whole number up to 127/],
    [{ 'blocklist-url': 5 }, /"blocklist-url" has to be a text/],
  ] as const)
    assert.match((await rpc({ method: 'session-set', arguments: args })).result, why, JSON.stringify(args));
  for (const [preferences, why] of [
    [{ banned_IPs: 'foo' }, /is no IP address that could be banned/],
    [{ max_connec: 0.3 }, /connections of all shares/],
    [{ max_active_downloads: 1e300 }, /fetch at once/],
    [{ max_seeding_time: 0.5, max_seeding_time_enabled: true }, /minutes of seeding/],
  ] as const) {
    const answer = await post('app/setPreferences', { json: JSON.stringify(preferences) });
    assert.equal(answer.status, 400, JSON.stringify(preferences));
    assert.match(await answer.text(), why);
  }
  const answer = await ask('api/v1/settings', {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ bannedAddresses: ['beef'] }),
  });
  assert.equal(answer.status, 400);
  assert.deepEqual(roster.settings, settings);
  // The smallest limits that they can say are the smallest that there are.
  const least = { 'speed-limit-down': 1, 'speed-limit-down-enabled': true };
  assert.equal((await rpc({ method: 'session-set', arguments: least })).result, 'success');
  assert.equal((await post('app/setPreferences', { json: '{"up_limit":1}' })).status, 200);
  assert.deepEqual([roster.settings.downloadLimit, roster.settings.uploadLimit], [1024, 1024]);
  roster.configure({ downloadLimit: null, uploadLimit: null });
});

test('the room on a disk is asked in the way that no stuck disk holds up', async () => {
  const asked: string[] = [];
  const { space } = roster;
  const look = space.look.bind(space);
  space.look = async (folder) => {
    asked.push(folder);
    return undefined;
  };
  try {
    const { freeBytes } = (await (await ask('api/v1/status')).json()) as { freeBytes: unknown };
    const { arguments: shown } = await rpc({ method: 'session-get' });
    const { server_state: state } = (await (await ask('api/v2/sync/maindata')).json()) as {
      server_state: Readonly<Record<string, unknown>>;
    };
    const told = [freeBytes, shown['download-dir-free-space'], state.free_space_on_disk];
    assert.deepEqual(told, [null, -1, -1]);
    assert.deepEqual(asked, Array(3).fill(roster.downloadDir));
  } finally {
    space.look = look;
  }
});

test('a label may have the name of a property of every object', async () => {
  for (const category of ['constructor', 'toString']) {
    assert.deepEqual(roster.settings.labels, {});
    const edited = await post('torrents/editCategory', { category, savePath: '' });
    assert.equal(edited.status, 409, 'there is none yet');
    assert.equal((await post('torrents/createCategory', { category })).status, 200);
    assert.deepEqual(roster.settings.labels, { [category]: { folder: null } });
    roster.configure({ labels: {} });
  }
  const key = 'a'.repeat(40);
  const preferences = { labels: ['constructor'], isPaused: true };
  const { entry } = await roster.addLink(key, { folder: roster.downloadDir, preferences });
  const [row] = (await (await ask('api/v2/torrents/info')).json()) as { category: string; tags: string }[];
  assert.deepEqual([row!.category, row!.tags], ['', 'constructor']);
  const { arguments: told } = await rpc({ method: 'torrent-get', arguments: { fields: ['group'] } });
  assert.deepEqual(told.torrents, [{ group: '' }]);
  await roster.remove(entry, false);
});

test('a share that is stopped while its files move is stopped when they have moved', async () => {
  const data = await bench.makeData('moving');
  const { metainfo } = await createMetainfo(data, { version: 'v1' });
  const torrent = { metainfo, bytes: encodeMetainfo(metainfo) };
  const { entry } = await roster.addTorrent(torrent, { folder: dirname(data) });
  try {
    await waitFor(() => entry.share?.phase === 'seeding', 'it seeds');
    const share = entry.share!;
    const moved = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    share.moveTo = () => {
      begun.resolve();
      return moved.promise;
    };
    const moving = roster.move(entry, await bench.folder('elsewhere'));
    await begun.promise;
    const stopping = roster.pause(entry);
    // Whatever can be done at once is done by then.
    for (let i = 0; i < 10; i++) await new Promise(setImmediate);
    assert.equal(share.phase, 'seeding');
    moved.resolve();
    await Promise.all([moving, stopping]);
    assert.deepEqual(
      [share.phase, entry.isRunning, entry.stored.preferences.isPaused],
      ['stopped', false, true],
    );
    // Started again while it still stops.
    roster.resume(entry);
    await waitFor(() => entry.share?.phase === 'seeding', 'it seeds again');
    const again = roster.pause(entry);
    roster.resume(entry);
    await again;
    await waitFor(() => entry.share?.phase === 'seeding', 'it seeds once more');
  } finally {
    await roster.remove(entry, false);
  }
});

test('Transmission: arguments that are not an object are refused, and not taken for all shares', async () => {
  const { entry } = await roster.addLink('b'.repeat(40), { folder: roster.downloadDir });
  try {
    for (const args of [['x'], 'x', 5, true]) {
      const { result } = await rpc({ method: 'torrent-stop', arguments: args });
      assert.equal(result, '"arguments" has to be an object', JSON.stringify(args));
    }
    assert.equal(entry.stored.preferences.isPaused, false);
    for (const bandwidthPriority of ['constructor', 2, null]) {
      const { result } = await rpc({ method: 'torrent-set', arguments: { bandwidthPriority } });
      assert.match(result, /"bandwidthPriority" has to be -1, 0 or 1/);
    }
    assert.equal((await rpc({ method: 'torrent-stop', arguments: null })).result, 'success');
    assert.equal(entry.stored.preferences.isPaused, true);
  } finally {
    await roster.remove(entry, false);
  }
});

test('Transmission: a share that was stopped or changed is among the recently active', async () => {
  const { entry } = await roster.addLink('c'.repeat(40), { folder: roster.downloadDir });
  const recent = async (): Promise<unknown> => {
    const args = { ids: 'recently-active', fields: ['id', 'status', 'labels'] };
    return (await rpc({ method: 'torrent-get', arguments: args })).arguments.torrents;
  };
  try {
    // It was added long ago.
    entry.stored = { ...entry.stored, addedAt: new Date(0) };
    await roster.pause(entry);
    const { id } = entry.stored;
    assert.deepEqual(await recent(), [{ id, status: 0, labels: [] }]);
    entry.changedAt = undefined;
    assert.deepEqual(await recent(), []);
    roster.change(entry, { labels: ['new'] });
    assert.deepEqual(await recent(), [{ id, status: 0, labels: ['new'] }]);
  } finally {
    await roster.remove(entry, false);
  }
});

test('without signing in, a request longer than a form is refused', async () => {
  const long = 'x'.repeat(100_000);
  const signIn = await fetch(`${api.url}api/v1/sign-in`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token: long }),
  });
  const login = await fetch(`${api.url}api/v2/auth/login`, {
    method: 'POST',
    body: new URLSearchParams({ username: 'me', password: long }),
  });
  const form = new FormData();
  form.set('username', 'me');
  form.set('torrents', new File([long], 'x.torrent'));
  const files = await fetch(`${api.url}api/v2/auth/login`, { method: 'POST', body: form });
  assert.deepEqual([signIn.status, login.status, files.status], [413, 413, 413]);
});

test('qBittorrent: an action that does not say which shares, or what, is refused', async () => {
  for (const path of ['pause', 'delete', 'recheck', 'topPrio', 'setCategory', 'addTags'])
    assert.equal((await post(`torrents/${path}`, { deleteFiles: 'false', tags: 'a' })).status, 400, path);
  const { entry } = await roster.addLink('d'.repeat(40), { folder: roster.downloadDir });
  try {
    roster.change(entry, { downloadLimit: 5000, isForced: true, isPaused: true });
    const hashes = entry.stored.key;
    for (const path of [
      'setDownloadLimit',
      'setUploadLimit',
      'setForceStart',
      'setSuperSeeding',
      'setAutoManagement',
    ])
      assert.equal((await post(`torrents/${path}`, { hashes })).status, 400, path);
    assert.deepEqual(
      [entry.stored.preferences.downloadLimit, entry.stored.preferences.isForced],
      [5000, true],
    );
    for (const path of ['setCategory', 'addTags', 'setTags', 'addTrackers', 'setShareLimits', 'addPeers'])
      assert.equal((await post(`torrents/${path}`, { hashes, hash: hashes })).status, 400, path);
    for (const path of ['createTags', 'deleteTags', 'removeCategories', 'setSavePath', 'filePrio'])
      assert.equal((await post(`torrents/${path}`, { hash: hashes, priority: '1' })).status, 400, path);
    assert.equal((await post('torrents/setDownloadLimit', { hashes, limit: '-1' })).status, 200);
    assert.equal(entry.stored.preferences.downloadLimit, undefined);
    // Shares that do not exist are skipped.
    assert.equal((await post('torrents/pause', { hashes: 'e'.repeat(40) })).status, 200);
  } finally {
    await roster.remove(entry, false);
  }
});

test('Transmission: torrent-set is done whole, or refused before anything of it is done', async () => {
  const { entry } = await roster.addLink('f'.repeat(40), { folder: roster.downloadDir });
  try {
    const { preferences, folder } = entry.stored;
    const ids = [entry.stored.id];
    for (const [args, why] of [
      [{ location: 'relative' }, /absolute path/],
      [{ queuePosition: 'first' }, /"queuePosition" has to be a number/],
      [{ group: 5 }, /"group" has to be a text/],
      [{ trackerList: ['http://a/'] }, /"trackerList" has to be a text/],
      [{ trackerReplace: 'http://a/' }, /"trackerReplace" has to be a list of ids and addresses/],
      [{ trackerReplace: [0] }, /"trackerReplace" has to be a list of ids and addresses/],
      [{ 'files-unwanted': [0] }, /the metadata is not known yet/],
      [{ 'priority-high': [] }, /the metadata is not known yet/],
    ] as const) {
      const { result } = await rpc({ method: 'torrent-set', arguments: { ids, labels: ['new'], ...args } });
      assert.match(result, why, JSON.stringify(args));
      assert.deepEqual(
        [entry.stored.preferences, entry.stored.folder],
        [preferences, folder],
        JSON.stringify(args),
      );
    }
  } finally {
    await roster.remove(entry, false);
  }
});
