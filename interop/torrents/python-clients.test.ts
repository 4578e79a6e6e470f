// Our daemon, driven by the libraries that Python programs use for qBittorrent and for Transmission, unchanged.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { hasPythonLibraries, pythonLibraries } from '../../scripts/setup-programs.ts';
import { MACHINE_CANNOT, ROOT } from '../../scripts/steps.ts';
import { Bench } from '../../testkit/bench.ts';
import { Daemon } from '../../testkit/daemon.ts';

const run = promisify(execFile);
const DRIVERS = join(ROOT, 'interop', 'drivers');
const CALLS_MS = 300_000;
const skip = hasPythonLibraries()
  ? false
  : `${MACHINE_CANNOT} get the Python libraries: python3 with pip has to reach its registry (npm run setup-programs)`;

let bench: Bench;
let torrent: string;
let hash: string;
before(async () => {
  bench = await Bench.open();
  torrent = join(bench.dir, 'data.torrent');
  const data = await bench.makeData();
  const made = bench.shoal(['create', data, '--v1', '-o', torrent, '--piece-length', '64K']);
  hash = (await made.event('created')).infoHashV1 as string;
});
after(() => bench.close());

interface Line {
  readonly call: string;
  readonly value?: unknown;
  readonly error?: string;
  readonly status?: number;
  readonly text?: string;
}

/** The lines that a driver prints, and the methods of the library that it did not call. */
async function calls(
  driver: string,
  ...args: string[]
): Promise<{ readonly lines: readonly Line[]; readonly missing: readonly string[] }> {
  const env = { ...process.env, PYTHONPATH: pythonLibraries() };
  const { stdout } = await run('python3', [join(DRIVERS, driver), ...args], {
    env,
    timeout: CALLS_MS,
    maxBuffer: 64 * 1024 * 1024,
  });
  const printed = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line & { readonly missing?: readonly string[] });
  return { lines: printed.slice(0, -1), missing: printed.at(-1)!.missing! };
}

/** Requests that are refused, and the reasons. Each gets 409: nothing is "not found". */
const REFUSED: Readonly<Record<string, RegExp>> = {
  torrents_ssl_parameters: /no certificates/,
  torrents_add_webseeds: /web seeds/,
  torrents_edit_webseed: /web seeds/,
  torrents_remove_webseeds: /web seeds/,
  torrents_set_comment: /part of the torrent/,
  torrents_set_ssl_parameters: /no certificates/,
  torrents_set_download_path: /when the share is added/,
  torrents_fetch_metadata: /add the torrent/,
  torrents_parse_metadata: /add the torrent/,
  torrents_save_metadata: /add the torrent/,
  torrents_download_file: /\/files\//,
  transfer_pause_session: /torrents\/stop/,
  transfer_resume_session: /torrents\/start/,
  app_send_test_email: /no mail/,
  app_get_directory_content: /folders of this machine/,
  app_get_free_space_at_path: /free_space_on_disk/,
  app_rotate_api_key: /token/,
  app_delete_api_key: /token/,
  rss_items: /feeds/,
  rss_rules: /feeds/,
  rss_add_feed: /feeds/,
  search_plugins: /no search plugins/,
  search_start: /no search plugins/,
  torrentcreator_status: /shoal create/,
};

test('qbittorrent-api: each of its methods works, or is refused with the reason', { skip }, async () => {
  const daemon = await Daemon.up(bench, 'python-qbittorrent');
  const folder = await bench.folder('python-moved');
  const { lines, missing } = await calls(
    'qbittorrent_calls.py',
    daemon.url,
    daemon.token ?? 'adminadmin',
    torrent,
    hash,
    folder,
  );
  for (const { call, error, status, text } of lines) {
    const why = REFUSED[call];
    // Methods of later versions are not sent at all: the library looks at the version first.
    if (error === undefined) continue;
    assert.ok(why !== undefined, `${call}: ${error} ${text}`);
    assert.equal(status, 409, `${call}: ${text}`);
    assert.match(text!, why, call);
  }
  assert.deepEqual(missing, [], 'methods that were not called');
  const answerOf = (name: string): unknown => lines.find(({ call }) => call === name)?.value;
  assert.equal(answerOf('torrents_add'), 'Ok.');
  assert.equal(answerOf('torrents_count'), 1);
  const [info] = answerOf('torrents_info') as readonly Record<string, unknown>[];
  assert.deepEqual([info!.hash, info!.category, info!.tags, info!.ratio_limit], [hash, 'tv', 'new, seen', 2]);
  assert.ok((answerOf('torrents_export') as { bytes: number }).bytes > 100);
  assert.equal(await daemon.program.exited, 0, 'it was told to shut down');
  assert.ok((answerOf('log_main') as readonly unknown[]).length > 0);
});

test('transmission-rpc: each of its methods works, or is refused with the reason', { skip }, async () => {
  const daemon = await Daemon.up(bench, 'python-transmission');
  const folder = await bench.folder('python-data');
  const { lines, missing } = await calls(
    'transmission_calls.py',
    `${daemon.port}`,
    daemon.token ?? 'x',
    torrent,
    folder,
  );
  const refusals: Readonly<Record<string, RegExp>> = {
    set_session: /uTP/,
    port_test: /unknown whether/,
    blocklist_update: /block list/,
  };
  for (const { call, error, text } of lines)
    if (error !== undefined) assert.match(text!, refusals[call] ?? /^$/, `${call}: ${text}`);
  assert.deepEqual(missing, [], 'methods that were not called');
  const answersOf = (name: string): readonly Record<string, unknown>[] =>
    lines.filter(({ call }) => call === name).map(({ value }) => value as Record<string, unknown>);
  const shown = answersOf('get_torrent').at(-1)!;
  const expected = {
    downloadLimit: 80,
    uploadLimit: 40,
    seedIdleLimit: 9,
    seedIdleMode: 1,
    seedRatioLimit: 2.5,
    labels: ['slow', 'tv', 'new'],
    group: 'slow',
    trackerList: 'http://127.0.0.1:9/announce',
    honorsSessionLimits: false,
    bandwidthPriority: -1,
    maxConnectedPeers: 33,
    isFinished: false,
  };
  for (const [name, value] of Object.entries(expected)) assert.deepEqual(shown[name], value, name);
  const session = answersOf('get_session').at(-1)!;
  assert.deepEqual([session['speed-limit-down'], session.seedRatioLimit], [900, 3]);
  const [parts] = answersOf('parts');
  assert.equal((parts!.files as readonly unknown[]).length, 6);
  assert.equal(existsSync(join(folder, 'data')), false);
  await daemon.stop();
});
