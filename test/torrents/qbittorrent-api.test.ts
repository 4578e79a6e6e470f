// qBittorrent's Web API: what is read by POST as well, what is refused, and that nothing is taken and not done.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { REFUSALS } from '../../src/systems/torrents/qbittorrent/refusals.ts';
import { Bench } from '../../testkit/bench.ts';
import { Daemon } from '../../testkit/daemon.ts';
import { waitFor } from '../../testkit/wait.ts';

let bench: Bench;
let data: string;
let torrent: Buffer;
let single: Buffer;
let daemon: Daemon;
before(async () => {
  bench = await Bench.open();
  data = await bench.makeData();
  const make = async (path: string, name: string, version: string): Promise<Buffer> => {
    const file = join(bench.dir, name);
    await bench.shoal(['create', path, version, '-o', file, '--piece-length', '64K']).event('created');
    return readFile(file);
  };
  torrent = await make(data, 'data.torrent', '--hybrid');
  single = await make(join(data, 'a.bin'), 'a.torrent', '--v1');
  daemon = await Daemon.up(bench, 'forms');
});
after(() => bench.close());

type Fields = Readonly<Record<string, string>>;

/** The reason, out of the JSON that an error is. */
const reasonOf = (text: string): string => (JSON.parse(text) as { message: string }).message;

async function post(path: string, fields: Fields = {}): Promise<Response> {
  return daemon.fetch(`/api/v2/${path}`, { method: 'POST', body: new URLSearchParams(fields) });
}
async function done(path: string, fields: Fields = {}): Promise<void> {
  const answer = await post(path, fields);
  assert.equal(answer.status, 200, `${path}: ${await answer.clone().text()}`);
}
async function refused(path: string, fields: Fields, status: number, why: RegExp): Promise<void> {
  const answer = await post(path, fields);
  const text = await answer.text();
  assert.equal(answer.status, status, `${path} ${JSON.stringify(fields)}: ${text}`);
  assert.match(reasonOf(text), why);
}
async function read<T>(path: string, fields: Fields = {}): Promise<T> {
  const answer = await post(path, fields);
  assert.equal(answer.status, 200, path);
  return (await answer.json()) as T;
}
/** Adds a torrent file with more fields. */
async function add(file: Buffer, fields: Fields): Promise<Response> {
  const form = new FormData();
  form.set('torrents', new File([new Uint8Array(file)], 'x.torrent', { type: 'application/x-bittorrent' }));
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  return daemon.fetch('/api/v2/torrents/add', { method: 'POST', body: form });
}

interface Torrent {
  readonly hash: string;
  readonly name: string;
  readonly save_path: string;
  readonly content_path: string;
  readonly state: string;
  readonly tags: string;
  readonly infohash_v1: string;
  readonly infohash_v2: string;
  readonly seq_dl: boolean;
  readonly f_l_piece_prio: boolean;
  readonly dl_limit: number;
  readonly ratio_limit: number;
  readonly seeding_time_limit: number;
  readonly inactive_seeding_time_limit: number;
}
const torrents = (fields: Fields = {}): Promise<readonly Torrent[]> => read('torrents/info', fields);

test('reads are answered to GET and to POST, changes to POST only', async () => {
  assert.equal(await (await add(torrent, { paused: 'true' })).text(), 'Ok.');
  const { hash } = (await torrents())[0]!;
  const reads = [
    'app/version',
    'app/webapiVersion',
    'app/buildInfo',
    'app/processInfo',
    'app/defaultSavePath',
    'app/preferences',
    'app/networkInterfaceList',
    'app/networkInterfaceAddressList',
    'app/cookies',
    'log/main',
    'log/peers',
    'sync/maindata',
    'sync/torrentPeers',
    'torrents/info',
    'torrents/count',
    'torrents/properties',
    'torrents/trackers',
    'torrents/webseeds',
    'torrents/files',
    'torrents/pieceStates',
    'torrents/pieceHashes',
    'torrents/pieceAvailability',
    'torrents/export',
    'torrents/categories',
    'torrents/tags',
    'torrents/downloadLimit',
    'torrents/uploadLimit',
    'transfer/info',
    'transfer/speedLimitsMode',
    'transfer/downloadLimit',
    'transfer/uploadLimit',
    'transfer/getSpeedLimits',
  ];
  for (const path of reads) {
    const query = new URLSearchParams({ hash, hashes: hash });
    const byGet = await daemon.fetch(`/api/v2/${path}?${query.toString()}`);
    const byPost = await daemon.fetch(`/api/v2/${path}`, { method: 'POST', body: query });
    assert.deepEqual([byGet.status, byPost.status], [200, 200], path);
    assert.equal(byGet.headers.get('content-type'), byPost.headers.get('content-type'), path);
    // Fields in the query of a POST count as well.
    assert.equal(
      (await daemon.fetch(`/api/v2/${path}?${query.toString()}`, { method: 'POST' })).status,
      200,
      path,
    );
  }
  for (const path of ['torrents/delete', 'torrents/pause', 'app/setPreferences', 'torrents/addPeers']) {
    const answer = await daemon.fetch(`/api/v2/${path}?hashes=${hash}`);
    assert.equal(answer.status, 405, path);
  }
  assert.equal((await torrents()).length, 1);
  const exported = await daemon.fetch(`/api/v2/torrents/export?hash=${hash}`);
  assert.equal(exported.headers.get('content-type'), 'application/x-bittorrent');
  assert.equal((await post('torrents/properties', { hash: 'f'.repeat(40) })).status, 404);
  await refused('torrents/info', { filter: 'nonsense' }, 400, /no filter "nonsense"/);
  for (const [path, why] of REFUSALS)
    for (const method of ['GET', 'POST']) {
      const answer = await daemon.fetch(`/api/v2/${path}`, { method });
      assert.equal(answer.status, 409, path);
      assert.ok(((await answer.json()) as { message: string }).message.includes(why), path);
    }
  await done('torrents/delete', { hashes: hash });
});

test('both info hashes, ranges of pieces and hashes of pieces are told', async () => {
  await add(torrent, { paused: 'true' });
  const [info] = await torrents();
  const { hash } = info!;
  assert.equal(info!.infohash_v1, hash);
  assert.match(info!.infohash_v2, /^[0-9a-f]{64}$/);
  const files = await read<{ name: string; size: number; piece_range: number[] }[]>('torrents/files', {
    hash,
  });
  // Files of hybrid torrents begin with a piece; the first has 3,000,001 bytes in pieces of 64 KiB.
  assert.deepEqual(files.find(({ name }) => name === 'data/a.bin')!.piece_range, [0, 45]);
  const hashes = await read<string[]>('torrents/pieceHashes', { hash });
  const states = await read<number[]>('torrents/pieceStates', { hash });
  assert.equal(hashes.length, states.length);
  const ends = files.filter(({ size }) => size > 0).map(({ piece_range: [, last] }) => last!);
  assert.equal(Math.max(...ends), hashes.length - 1);
  assert.ok(hashes.every((one) => /^[0-9a-f]{40}$/.test(one)));
  await done('torrents/delete', { hashes: hash });
});

test('torrents/add heeds each field of versions 4 and 5', async () => {
  const folder = await bench.folder('chosen');
  const answer = await add(torrent, {
    savepath: folder,
    category: 'films',
    tags: 'new, seen',
    stopped: 'true',
    rename: 'Another name',
    dlLimit: '50000',
    ratioLimit: '-1',
    seedingTimeLimit: '90',
    inactiveSeedingTimeLimit: '30',
    sequentialDownload: 'true',
    firstLastPiecePrio: 'true',
    filePriorities: '0,1,7',
    contentLayout: 'Subfolder',
    addToTopOfQueue: 'true',
    autoTMM: 'false',
    skip_checking: 'false',
    stopCondition: 'None',
    cookie: '',
  });
  assert.equal(await answer.text(), 'Ok.');
  const [info] = await torrents({ category: 'films', tag: 'seen' });
  assert.deepEqual(info, {
    ...info,
    name: 'Another name',
    state: 'pausedDL',
    save_path: folder,
    content_path: join(folder, 'data'),
    tags: 'new, seen',
    dl_limit: 50_000,
    ratio_limit: -1,
    seeding_time_limit: 90,
    inactive_seeding_time_limit: 30,
    seq_dl: true,
    f_l_piece_prio: true,
  });
  const { hash } = info!;
  const files = await read<{ priority: number }[]>('torrents/files', { hash });
  assert.deepEqual(
    files.slice(0, 4).map(({ priority }) => priority),
    [0, 1, 6, 1],
  );
  await done('torrents/delete', { hashes: hash });
  // A file of its own gets a folder.
  assert.equal(
    await (await add(single, { savepath: folder, contentLayout: 'Subfolder', paused: 'true' })).text(),
    'Ok.',
  );
  const [alone] = await torrents();
  assert.equal(alone!.content_path, join(folder, 'a', 'a.bin'));
  await done('torrents/delete', { hashes: alone!.hash });
  // Unfinished in one folder, finished in another.
  const unfinished = await bench.folder('unfinished');
  await add(single, { savepath: folder, useDownloadPath: 'true', downloadPath: unfinished, paused: 'true' });
  const [apart] = await torrents();
  assert.equal(apart!.save_path, unfinished);
  await done('torrents/delete', { hashes: apart!.hash });
});

test('torrents/add refuses what it would ignore, and adds nothing then', async () => {
  const cases: readonly (readonly [Buffer, Fields, number, RegExp])[] = [
    [torrent, { skip_checking: 'true' }, 409, /checks all data/],
    [torrent, { seedMode: 'true' }, 409, /checks all data/],
    [torrent, { autoTMM: 'true' }, 409, /category changes/],
    [torrent, { stopCondition: 'MetadataReceived' }, 409, /stopCondition/],
    [torrent, { contentLayout: 'NoSubfolder' }, 409, /NoSubfolder/],
    [torrent, { root_folder: 'false' }, 409, /NoSubfolder/],
    [torrent, { contentLayout: 'Sideways' }, 400, /no contentLayout/],
    [torrent, { shareLimitAction: 'Remove' }, 409, /reaches its goal/],
    [torrent, { shareLimitsMode: 'MatchAll' }, 409, /one of its goals/],
    [torrent, { ssl_private_key: 'x' }, 409, /no certificates/],
    [torrent, { savepath: 'relative' }, 400, /absolute path/],
    [torrent, { savepath: '/dev/null/x' }, 404, /cannot make the folder/],
    [torrent, { downloadPath: '/dev/null/x' }, 404, /cannot make the folder/],
    [torrent, { ratioLimit: 'much' }, 400, /has to be a number/],
    [torrent, { paused: 'maybe' }, 400, /true or false/],
    [torrent, { nonsense: '1' }, 409, /does not know the field "nonsense"/],
    [torrent, { filePriorities: '3' }, 400, /no priority/],
    [Buffer.from('no torrent'), {}, 415, /torrent/],
  ];
  for (const [file, fields, status, why] of cases) {
    const answer = await add(file, fields);
    const text = await answer.text();
    assert.equal(answer.status, status, `${JSON.stringify(fields)}: ${text}`);
    assert.match(reasonOf(text), why);
  }
  await refused('torrents/add', { urls: 'http://127.0.0.1:9/x.torrent', cookie: 'a=b' }, 409, /cookies/);
  const link = `magnet:?xt=urn:btih:${'1'.repeat(40)}`;
  await refused('torrents/add', { urls: link, contentLayout: 'Subfolder' }, 409, /Original/);
  assert.equal(await (await post('torrents/add', {})).text(), 'Fails.');
  assert.deepEqual(await torrents(), []);
  // The log tells why.
  const log = await read<{ message: string; type: number; id: number }[]>('log/main', { normal: 'false' });
  assert.ok(log.some(({ message, type }) => type === 4 && /was not added/.test(message)));
  const last = log.at(-1)!.id;
  assert.deepEqual(await read('log/main', { last_known_id: `${last}`, normal: 'false' }), []);
});

test('a form that is malformed or cut off adds nothing; a form without its type is read', async () => {
  const add = (type: string | undefined, body: string): Promise<Response> =>
    daemon.fetch('/api/v2/torrents/add', {
      method: 'POST',
      headers: type === undefined ? {} : { 'content-type': type },
      body: new TextEncoder().encode(body),
    });
  const part = `--X\r\nContent-Disposition: form-data; name="urls"\r\n\r\n${'2'.repeat(40)}\r\n`;
  for (const [type, body] of [
    ['multipart/form-data', `${part}--X--\r\n`],
    ['multipart/mixed; boundary=X', `${part}--X--\r\n`],
    ['multipart/form-data; boundary=X', part],
  ] as const) {
    const answer = await add(type, body);
    assert.deepEqual([answer.status, reasonOf(await answer.text())], [400, 'the body is not a valid form']);
  }
  assert.deepEqual(await torrents(), []);
  const untyped = await add(undefined, `urls=${'2'.repeat(40)}&paused=true`);
  assert.equal(await untyped.text(), 'Ok.');
  await done('torrents/delete', { hashes: 'all' });
});

test('files, folders and shares get other names, also while they are stopped', async () => {
  await add(single, { paused: 'true' });
  const alone = (await torrents())[0]!;
  await done('torrents/renameFile', { hash: alone.hash, oldPath: 'a.bin', newPath: 'b.bin' });
  assert.equal((await torrents())[0]!.content_path, join(daemon.folder, 'b.bin'));
  // The older form, by number.
  await done('torrents/renameFile', { hash: alone.hash, id: '0', name: 'c.bin' });
  assert.equal((await torrents())[0]!.content_path, join(daemon.folder, 'c.bin'));
  await refused(
    'torrents/renameFile',
    { hash: alone.hash, oldPath: 'a.bin', newPath: 'x' },
    409,
    /no such file/,
  );
  await refused('torrents/renameFile', { hash: alone.hash, oldPath: 'c.bin', newPath: '../x' }, 400, /name/);
  await done('torrents/rename', { hash: alone.hash, name: 'Called otherwise' });
  assert.equal((await torrents())[0]!.name, 'Called otherwise');
  await refused('torrents/rename', { hash: alone.hash, name: '' }, 409, /name/);
  await done('torrents/delete', { hashes: alone.hash });

  await add(torrent, { paused: 'true' });
  const { hash } = (await torrents())[0]!;
  const names = async (): Promise<string[]> =>
    (await read<{ name: string }[]>('torrents/files', { hash })).map(({ name }) => name);
  await done('torrents/renameFolder', { hash, oldPath: 'data/sub', newPath: 'data/other' });
  assert.ok((await names()).includes('data/other/exact'));
  assert.ok((await names()).includes('data/other/deeper/tööl.sh'));
  await done('torrents/renameFile', { hash, oldPath: 'data/a.bin', newPath: 'data/other/first.bin' });
  assert.ok((await names()).includes('data/other/first.bin'));
  await refused('torrents/renameFolder', { hash, oldPath: 'data/none', newPath: 'data/x' }, 409, /no folder/);
  await refused('torrents/renameFolder', { hash, oldPath: 'data', newPath: 'x' }, 409, /keeps its name/);
  await refused(
    'torrents/renameFile',
    { hash, oldPath: 'data/z.bin', newPath: 'x/z.bin' },
    409,
    /stay below/,
  );
  // It is fetched under the names that it was given.
  const file = join(bench.dir, 'again.torrent');
  await writeFile(file, torrent);
  const seed = bench.shoal(['share', file, '--dir', dirname(data), '--port', '0']);
  const { port } = await seed.event('ready');
  await done('torrents/start', { hashes: hash });
  await waitFor(async () => {
    const added = await read<Record<string, { added: number }>>('torrents/addPeers', {
      hashes: hash,
      peers: `127.0.0.1:${port as number}`,
    });
    return added[hash]!.added === 1;
  }, 'it runs');
  await waitFor(async () => (await torrents({ filter: 'completed' })).length === 1, 'it is whole');
  assert.ok(existsSync(join(daemon.folder, 'data', 'other', 'first.bin')));
  await done('torrents/delete', { hashes: hash, deleteFiles: 'true' });
  assert.equal(existsSync(join(daemon.folder, 'data')), false);
  await seed.stop();
});

test('switches, limits, bans and goals: done, or refused with the reason', async () => {
  await add(torrent, { paused: 'true' });
  const { hash } = (await torrents())[0]!;
  const one = async (): Promise<Torrent> => (await torrents())[0]!;
  await done('torrents/toggleSequentialDownload', { hashes: hash });
  await done('torrents/toggleFirstLastPiecePrio', { hashes: hash });
  assert.deepEqual([(await one()).seq_dl, (await one()).f_l_piece_prio], [true, true]);
  await done('torrents/toggleFirstLastPiecePrio', { hashes: 'all' });
  assert.equal((await one()).f_l_piece_prio, false);
  await done('torrents/setAutoManagement', { hashes: hash, enable: 'false' });
  await refused('torrents/setAutoManagement', { hashes: hash, enable: 'true' }, 409, /category changes/);
  await done('torrents/setSuperSeeding', { hashes: hash, value: 'false' });
  await refused('torrents/setSuperSeeding', { hashes: hash, value: 'true' }, 409, /--super-seed/);
  await done('torrents/setShareLimits', { hashes: hash, ratioLimit: '1.5', seedingTimeLimit: '-1' });
  assert.deepEqual(
    [(await one()).ratio_limit, (await one()).seeding_time_limit, (await one()).inactive_seeding_time_limit],
    [1.5, -1, -2],
  );
  await refused('torrents/addPeers', { hashes: hash, peers: 'example.org:80' }, 400, /ADDRESS:PORT/);
  await refused('torrents/filePrio', { hash, id: '99', priority: '1' }, 409, /no file 99/);
  await refused('torrents/filePrio', { hash, id: '0', priority: '5' }, 400, /no priority/);
  await refused('torrents/setLocation', { hashes: hash, location: 'relative' }, 400, /absolute/);
  await refused('torrents/removeTrackers', { hash, urls: 'http://127.0.0.1/a' }, 409, /none of these/);
  await done('torrents/addTrackers', { hash, urls: 'http://127.0.0.1:9/announce' });
  await done('torrents/editTracker', {
    hash,
    origUrl: 'http://127.0.0.1:9/announce',
    newUrl: 'udp://127.0.0.1:9',
  });
  await done('torrents/createTags', { tags: 'later,never' });
  assert.deepEqual(await read('torrents/tags'), ['later', 'never']);
  await done('torrents/setTags', { hashes: hash, tags: 'later,now' });
  await done('torrents/deleteTags', { tags: 'later,never' });
  assert.deepEqual([await read('torrents/tags'), (await one()).tags], [['now'], 'now']);
  await done('torrents/createCategory', { category: 'once', savePath: daemon.folder });
  await refused('torrents/createCategory', { category: 'once' }, 409, /already/);
  await refused('torrents/editCategory', { category: 'nowhere' }, 409, /create it/);

  await done('transfer/setSpeedLimitsMode', { mode: '1' });
  assert.equal(await (await post('transfer/speedLimitsMode')).text(), '1');
  await done('transfer/setSpeedLimitsMode', { mode: '0' });
  await done('transfer/banPeers', { peers: '192.0.2.7:6881|[2001:db8::7]:6881' });
  await refused('transfer/banPeers', { peers: 'example.org:6881' }, 400, /ADDRESS:PORT/);
  const preferences = await read<Record<string, unknown>>('app/preferences');
  assert.equal(preferences.banned_IPs, '192.0.2.7\n2001:db8::7');
  await done('torrents/delete', { hashes: hash });
});

test('preferences: set and told, sent back as they were told, and refused where nothing would follow', async () => {
  const before = await read<Record<string, unknown>>('app/preferences');
  const set = (json: object): Promise<Response> => post('app/setPreferences', { json: JSON.stringify(json) });
  assert.equal((await set(before)).status, 200);
  assert.deepEqual(await read('app/preferences'), before);
  const change = {
    dl_limit: 700_000,
    max_ratio_enabled: true,
    max_ratio: 2.5,
    max_seeding_time_enabled: true,
    max_seeding_time: 90,
    max_inactive_seeding_time_enabled: true,
    max_inactive_seeding_time: 15,
    queueing_enabled: true,
    max_active_downloads: 3,
    start_paused_enabled: true,
    temp_path_enabled: true,
    temp_path: join(bench.dir, 'temp'),
    pex: false,
    encryption: 1,
    bittorrent_protocol: 2,
  };
  assert.equal((await set(change)).status, 200);
  const after = await read<Record<string, unknown>>('app/preferences');
  for (const [name, value] of Object.entries(change)) assert.deepEqual(after[name], value, name);
  const cases: readonly (readonly [object, number, RegExp])[] = [
    [{ dl_limit: 5000, upnp: true }, 409, /router/],
    [{ encryption: 3 }, 400, /0, 1 or 2/],
    [{ anonymous_mode: true }, 409, /cannot be changed/],
    [{ no_such_preference: 1 }, 409, /no preference "no_such_preference"/],
    [{ max_ratio_act: 1 }, 409, /paused/],
    [{ dht: true }, 409, /--no-dht/],
    [{ listen_port: 50_123 }, 409, /--port/],
    [{ dl_limit: 'fast' }, 400, /a number/],
    [{ bittorrent_protocol: 3 }, 400, /0 \(both\), 1 \(TCP\) or 2 \(uTP\)/],
    [{ save_path: 'relative' }, 400, /absolute/],
    [[], 400, /not a JSON object/],
  ];
  for (const [json, status, why] of cases) {
    const answer = await set(json);
    const text = await answer.text();
    assert.equal(answer.status, status, `${JSON.stringify(json)}: ${text}`);
    assert.match(reasonOf(text), why);
  }
  assert.deepEqual(await read('app/preferences'), after, 'what was refused changed nothing');
});
