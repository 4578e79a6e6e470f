// Sonarr, Radarr, Lidarr and Prowlarr: the requests of their sources, in their order and forms.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { Bench } from '../../testkit/bench.ts';
import { Daemon } from '../../testkit/daemon.ts';
import { waitUntil } from '../../testkit/wait.ts';

let bench: Bench;
let magnet: string;
let hash: string;
before(async () => {
  bench = await Bench.open();
  const data = await bench.makeData();
  const torrent = join(bench.dir, 'data.torrent');
  await bench.shoal(['create', data, '--v1', '-o', torrent, '--piece-length', '64K']).event('created');
  const seed = bench.shoal(['share', torrent, '--dir', dirname(data), '--port', '0']);
  magnet = (await seed.event('ready')).magnet as string;
  hash = /btih:([0-9a-f]{40})/i.exec(magnet)![1]!.toLowerCase();
});
after(() => bench.close());

type Values = Readonly<Record<string, unknown>>;

/** As Sonarr's TransmissionProxy asks: the session id by GET, then JSON by POST. */
function transmission(daemon: Daemon): (method: string, args?: object) => Promise<Values> {
  let sessionId: string | undefined;
  return async (method, args) => {
    if (sessionId === undefined) {
      const first = await daemon.fetch('/transmission/rpc', { headers: { accept: 'application/json' } });
      assert.equal(first.status, 409);
      sessionId = first.headers.get('x-transmission-session-id')!;
    }
    const answer = await daemon.fetch('/transmission/rpc', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-transmission-session-id': sessionId },
      body: JSON.stringify(args === undefined ? { method } : { method, arguments: args }),
    });
    assert.equal(answer.status, 200);
    const { result, arguments: values } = (await answer.json()) as { result: string; arguments: Values };
    assert.equal(result, 'success', method);
    return values;
  };
}

const FIELDS = [
  'id',
  'hashString',
  'name',
  'downloadDir',
  'totalSize',
  'leftUntilDone',
  'isFinished',
  'eta',
  'status',
  'secondsDownloading',
  'secondsSeeding',
  'errorString',
  'uploadedEver',
  'downloadedEver',
  'seedRatioLimit',
  'seedRatioMode',
  'seedIdleLimit',
  'seedIdleMode',
  'fileCount',
  'file-count',
  'labels',
];
const [STOPPED, SEEDING] = [0, 6];

interface Item {
  readonly hashString: string;
  readonly name: string;
  readonly downloadDir: string;
  readonly leftUntilDone: number;
  readonly totalSize: number;
  readonly isFinished: boolean;
  readonly status: number;
  readonly secondsSeeding: number;
  readonly secondsDownloading: number;
  readonly seedIdleLimit: number;
  readonly seedIdleMode: number;
  readonly labels: readonly string[];
}

test('Transmission whatever the method: without the session id the answer is 409 and names it', async () => {
  const daemon = await Daemon.up(bench, 'methods');
  for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS']) {
    const { status, headers } = await daemon.fetch('/transmission/rpc', { method });
    assert.equal(status, 409, method);
    const id = headers.get('x-transmission-session-id')!;
    assert.match(id, /^[0-9a-f]{48}$/, method);
    if (method === 'POST') continue;
    const known = await daemon.fetch('/transmission/rpc', {
      method,
      headers: { 'x-transmission-session-id': id },
    });
    assert.equal(known.status, 405, method);
  }
  await daemon.stop();
});

test('Sonarr with "Transmission": tested, added with a seed time, seen to be done, imported, removed', async () => {
  const daemon = await Daemon.up(bench, 'transmission');
  const rpc = transmission(daemon);
  // "Test": a number is read out of the version, and compared with 2.40.
  const config = await rpc('session-get');
  // Its pattern, as it stands there.
  const version = /(?<!\(|(\d|\.)+)(\d|\.)+(?!\)|(\d|\.)+)/.exec(config.version as string)![0];
  const [major, minor] = version.split('.').map(Number);
  assert.ok(major === 4 && minor === 0, version);
  assert.equal(config['rpc-version'], 17);
  assert.deepEqual((await rpc('torrent-get', { fields: FIELDS })).torrents, []);

  const folder = `${config['download-dir'] as string}/tv-sonarr`;
  await rpc('torrent-add', {
    filename: magnet,
    paused: false,
    'download-dir': folder,
    labels: ['tv-sonarr'],
  });
  const ids = [hash.toUpperCase()];
  await rpc('torrent-set', { ids, seedRatioLimit: 100, seedRatioMode: 1, seedIdleLimit: 9, seedIdleMode: 1 });
  await rpc('queue-move-top', { ids });
  const get = async (): Promise<Item> => {
    const { torrents } = await rpc('torrent-get', { fields: FIELDS, ids });
    return (torrents as readonly Item[])[0]!;
  };
  const until = (what: string, isSo: (item: Item) => boolean): Promise<Item> =>
    waitUntil(async () => {
      const item = await get();
      return isSo(item) ? item : undefined;
    }, what);
  const seeding = await until(
    'it seeds',
    ({ status, secondsSeeding }) => status === SEEDING && secondsSeeding > 0,
  );
  assert.equal(seeding.leftUntilDone, 0);
  assert.equal(seeding.isFinished, false);
  assert.deepEqual([seeding.seedIdleLimit, seeding.seedIdleMode], [9, 1]);
  assert.deepEqual(seeding.labels, ['tv-sonarr']);
  assert.ok(existsSync(join(seeding.downloadDir, seeding.name)));

  // It has seeded for long enough: stopped, and finished.
  await rpc('torrent-set', { ids, seedIdleLimit: 0, seedIdleMode: 1 });
  const finished = await until('it is finished', ({ status }) => status === STOPPED);
  assert.equal(finished.isFinished, true);
  assert.ok(finished.secondsSeeding >= seeding.secondsSeeding);
  await daemon.stop();

  const again = await Daemon.up(bench, 'transmission');
  const later = transmission(again);
  const { torrents } = await later('torrent-get', { fields: FIELDS, ids });
  const after = (torrents as readonly Item[])[0]!;
  assert.deepEqual([after.status, after.isFinished], [STOPPED, true]);
  assert.ok(after.secondsSeeding >= finished.secondsSeeding, 'the time outlives a restart');
  await later('torrent-set', { ids, labels: ['tv-imported'] });
  await later('torrent-start', { ids: [hash] });
  const started = (await later('torrent-get', { fields: FIELDS, ids })).torrents as readonly Item[];
  assert.deepEqual([started[0]!.isFinished, started[0]!.labels], [false, ['tv-imported']]);
  await later('torrent-remove', { ids: [hash], 'delete-local-data': true });
  assert.deepEqual((await later('torrent-get', { fields: FIELDS })).torrents, []);
  assert.equal(existsSync(join(after.downloadDir, after.name)), false);
  const recent = await later('torrent-get', { ids: 'recently-active', fields: ['id'] });
  assert.equal((recent.removed as readonly number[]).length, 1);
  await again.stop();
});

test('Transmission: an argument that would be ignored is refused, and changes nothing', async () => {
  const daemon = await Daemon.up(bench, 'strict');
  const first = await daemon.fetch('/transmission/rpc');
  const sessionId = first.headers.get('x-transmission-session-id')!;
  const result = async (method: string, args: object): Promise<string> => {
    const answer = await daemon.fetch('/transmission/rpc', {
      method: 'POST',
      headers: { 'x-transmission-session-id': sessionId },
      body: JSON.stringify({ method, arguments: args }),
    });
    return ((await answer.json()) as { result: string }).result;
  };
  const refused: readonly (readonly [string, object, RegExp])[] = [
    ['torrent-add', { filename: magnet, 'bandwidth-group': 'x' }, /does not know "bandwidth-group"/],
    ['torrent-add', { filename: 'http://127.0.0.1:9/x.torrent', cookies: 'a=b' }, /no cookies are sent/],
    ['torrent-add', { filename: magnet, 'download-dir': 'relative' }, /absolute path/],
    ['torrent-add', { filename: magnet, 'download-dir': '/dev/null/x' }, /cannot make the folder/],
    ['torrent-add', { filename: magnet, paused: 'yes' }, /"paused" has to be true or false/],
    ['torrent-set', { ids: [], seedTimeLimit: 5 }, /does not know "seedTimeLimit"/],
    ['session-set', { 'default-trackers': 'http://127.0.0.1/' }, /no trackers for all shares/],
    ['session-set', { 'script-torrent-added-enabled': true }, /--on-done/],
    ['session-set', { 'speed-limit-down': 7, 'no-such-thing': 1 }, /does not know "no-such-thing"/],
    ['session-set', { 'incomplete-dir-enabled': true }, /name the folder/],
    ['session-set', { version: '5' }, /"version" cannot be changed/],
    ['session-set', { 'speed-limit-down': -7 }, /not negative/],
    ['torrent-remove', { ids: [], 'delete-data': true }, /does not know "delete-data"/],
    ['port-test', {}, /unknown whether port \d+ is open/],
  ];
  for (const [method, args, why] of refused)
    assert.match(await result(method, args), why, JSON.stringify(args));
  const rpc = transmission(daemon);
  const shown = await rpc('session-get');
  assert.equal(shown['speed-limit-down-enabled'], false);
  assert.deepEqual((await rpc('torrent-get', { fields: FIELDS })).torrents, []);
  // Programs send back what they read.
  assert.equal(await result('session-set', shown), 'success');
  const unmeasured = ({ 'download-dir-free-space': _, ...all }: Values): Values => all;
  assert.deepEqual(unmeasured(await rpc('session-get')), unmeasured(shown));
  await daemon.stop();
});

test('over what peers are reached is set by every interface, and told by every interface', async () => {
  const daemon = await Daemon.up(bench, 'carriers', '--no-tcp');
  const rpc = transmission(daemon);
  const told = async (): Promise<unknown[]> => {
    const session = await rpc('session-get');
    const preferences = (await (await daemon.fetch('/api/v2/app/preferences')).json()) as Values;
    const { inEffect } = await daemon.ask<{ inEffect: Values }>('GET', 'status');
    return [
      session['tcp-enabled'],
      session['utp-enabled'],
      preferences.bittorrent_protocol,
      inEffect.usesUtp,
    ];
  };
  assert.deepEqual(await told(), [false, true, 2, true]);
  const { status, answer } = await daemon.answer('PATCH', 'settings', { usesTcp: true });
  assert.deepEqual([status, /--no-tcp/.test(answer.message as string)], [409, true]);
  await daemon.stop();
  const other = await Daemon.up(bench, 'carriers');
  assert.equal((await other.answer('PATCH', 'settings', { usesUtp: false })).status, 200);
  const refused = await other.answer('PATCH', 'settings', { usesTcp: false });
  assert.deepEqual([refused.status, /no peer/.test(refused.answer.message as string)], [400, true]);
  await other.stop();
});

test('every interface tells what is in effect, and refuses what an option of the start decided', async () => {
  // The bench starts daemons with --no-dht and --no-lsd.
  const daemon = await Daemon.up(bench, 'in-effect');
  const session = await transmission(daemon)('session-get');
  assert.deepEqual(
    [session['dht-enabled'], session['lpd-enabled'], session['pex-enabled']],
    [false, false, true],
  );
  const preferences = (await (await daemon.fetch('/api/v2/app/preferences')).json()) as Values;
  assert.deepEqual([preferences.dht, preferences.lsd, preferences.pex], [false, false, true]);
  const { inEffect } = await daemon.ask<{ inEffect: Values }>('GET', 'status');
  assert.deepEqual(
    [inEffect.usesDht, inEffect.usesLsd, inEffect.decidedAtStart],
    [false, false, ['usesDht', 'usesLsd', 'peerPort']],
  );
  assert.deepEqual([session['peer-port'], preferences.listen_port], [inEffect.peerPort, inEffect.peerPort]);
  const { status, answer } = await daemon.answer('PATCH', 'settings', { usesDht: true });
  assert.equal(status, 409);
  assert.match(answer.message as string, /--no-dht/);
  const form = new URLSearchParams({ json: JSON.stringify({ dht: true }) });
  assert.equal(
    (await daemon.fetch('/api/v2/app/setPreferences', { method: 'POST', body: form })).status,
    409,
  );
  await daemon.stop();
});

/** As Sonarr's QBittorrentProxyV2 asks: signed in once, reads by GET, changes as forms by POST. */
function qbittorrent(daemon: Daemon): {
  readonly get: (path: string, query?: Readonly<Record<string, string>>) => Promise<Response>;
  readonly post: (path: string, fields: Readonly<Record<string, string>>) => Promise<string>;
} {
  let cookie: string | undefined;
  const send = async (path: string, init: RequestInit): Promise<Response> => {
    if (cookie === undefined) {
      const body = new URLSearchParams({ username: 'admin', password: daemon.token ?? 'adminadmin' });
      const login = await daemon.fetch('/api/v2/auth/login', { method: 'POST', body });
      assert.equal(await login.text(), 'Ok.');
      cookie = login.headers.get('set-cookie')!.split(';')[0]!;
    }
    const answer = await daemon.fetch(`/api/v2/${path}`, { ...init, headers: { cookie } });
    assert.equal(answer.status, 200, path);
    return answer;
  };
  return {
    get: (path, query = {}) => send(`${path}?${new URLSearchParams(query).toString()}`, {}),
    post: async (path, fields) =>
      (await send(path, { method: 'POST', body: new URLSearchParams(fields) })).text(),
  };
}

interface Torrent {
  readonly hash: string;
  readonly state: string;
  readonly progress: number;
  readonly category: string;
  readonly content_path: string;
  readonly ratio_limit: number;
  readonly seeding_time: number;
  readonly seeding_time_limit: number;
  readonly inactive_seeding_time_limit: number;
}

test('Radarr with qBittorrent: tested, added with a seed time, stopped by it, imported, removed', async () => {
  const daemon = await Daemon.up(bench, 'qbittorrent');
  const { get, post } = qbittorrent(daemon);
  const version = await (await get('app/webapiVersion')).text();
  assert.match(version, /^2\.\d+\.\d+$/);
  const preferences = (await (await get('app/preferences')).json()) as Values;
  // It complains of clients that remove by themselves what has seeded enough.
  assert.equal(preferences.max_ratio_act, 0);
  assert.deepEqual(await (await get('torrents/categories')).json(), {});
  await post('torrents/createCategory', { category: 'radarr' });
  assert.deepEqual(await (await get('torrents/categories')).json(), {
    radarr: { name: 'radarr', savePath: '' },
  });
  const list = async (): Promise<readonly Torrent[]> =>
    (await (await get('torrents/info', { category: 'radarr' })).json()) as readonly Torrent[];
  assert.deepEqual(await list(), []);

  const added = await post('torrents/add', {
    urls: magnet,
    category: 'radarr',
    paused: 'False',
    sequentialDownload: 'True',
    firstLastPiecePrio: 'True',
    contentLayout: 'Original',
    ratioLimit: '100',
    seedingTimeLimit: '600',
  });
  assert.equal(added, 'Ok.');
  // It waits until the torrent is there, before it goes on.
  assert.equal((await get('torrents/properties', { hash })).status, 200);
  await post('torrents/topPrio', { hashes: hash });
  await post('torrents/setForceStart', { hashes: hash, value: 'true' });
  await post('torrents/addTags', { hashes: hash, tags: 'a film,new' });
  const until = (what: string, isSo: (torrent: Torrent) => boolean): Promise<Torrent> =>
    waitUntil(async () => (await list()).find(isSo), what);
  const seeding = await until(
    'it seeds',
    ({ state, seeding_time }) => state === 'forcedUP' && seeding_time > 0,
  );
  assert.deepEqual(
    [seeding.progress, seeding.ratio_limit, seeding.seeding_time_limit, seeding.inactive_seeding_time_limit],
    [1, 100, 600, -2],
  );
  const files = (await (await get('torrents/files', { hash })).json()) as { name: string }[];
  assert.ok(files.some(({ name }) => name === 'data/a.bin'));

  await post('torrents/setShareLimits', { hashes: hash, ratioLimit: '-2', seedingTimeLimit: '0' });
  // Only this state lets it remove what it has imported.
  const finished = await until('it is stopped by its seed time', ({ state }) => state === 'pausedUP');
  assert.deepEqual([finished.ratio_limit, finished.seeding_time_limit], [-2, 0]);
  const properties = (await (await get('torrents/properties', { hash })).json()) as Values;
  assert.ok((properties.seeding_time as number) >= seeding.seeding_time);
  await post('torrents/setCategory', { hashes: hash, category: 'imported' });
  assert.deepEqual(await list(), []);
  await post('torrents/delete', { hashes: hash, deleteFiles: 'true' });
  assert.equal(existsSync(finished.content_path), false);
  await daemon.stop();
});
