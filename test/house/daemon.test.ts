// The daemon as a whole: its status, the settings of each system, and links that it hands to the system that takes them.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { DatabaseSync } from '../../src/host/state/sqlite.ts';
import { ROOT } from '../../scripts/steps.ts';
import { Bench } from '../../testkit/bench.ts';
import { Daemon } from '../../testkit/daemon.ts';
import { waitFor } from '../../testkit/wait.ts';

let bench: Bench;
before(async () => {
  bench = await Bench.open();
});
after(() => bench.close());

const MAGNET = `magnet:?xt=urn:btih:${'a1'.repeat(20)}&dn=album`;

test('status tells what runs, for people and programs; without a daemon it says so and fails', async () => {
  const state = join(bench.dir, 'daemon-told');
  const before = bench.shoal(['status'], { state });
  assert.equal(await before.exited, 1);
  assert.match(
    String(before.events.at(-1)!.message),
    /no daemon is up with the state in .*: start it with: .* up/,
  );
  const daemon = await Daemon.up(bench, 'told');
  await daemon.ask('POST', 'links', { link: MAGNET, isPaused: true });
  const told = bench.shoal(['status'], { state });
  assert.equal(await told.exited, 0);
  const status = told.events.find(({ event }) => event === 'status')!;
  const systems = status.systems as { name: string; facts: { shares: number; phases: object } }[];
  const torrents = systems.find(({ name }) => name === 'torrents')!;
  assert.equal(torrents.facts.shares, 1);
  assert.equal((torrents.facts.phases as { paused: number }).paused, 1);
  assert.match(String(status.page), /^http:\/\/127\.0\.0\.1:\d+\/#token=/);
  const main = join(ROOT, 'src', 'app', 'main.ts');
  const plain = bench.run('status', process.execPath, [main, 'status', '--state', state]);
  assert.equal(await plain.exited, 0);
  const lines = plain.output.trimEnd().split('\n');
  assert.match(lines[0]!, /^daemon: up for /);
  assert.ok(lines.some((line) => /^torrents: 1 share \(1 paused\); 0 peers; /.test(line)));
  assert.ok(lines.some((line) => /^rules: 0 rules in effect/.test(line)));
  assert.match(lines.at(-1)!, /^page: http:/);
  await daemon.stop();
});

test('the settings of a system have one store, whichever way they are changed', async () => {
  const daemon = await Daemon.up(bench, 'settings');
  const path = 'systems/torrents/settings';
  interface Section {
    readonly settings: Readonly<Record<string, unknown>>;
    readonly schema: { readonly properties: Readonly<Record<string, { readonly description: string }>> };
  }
  const { settings, schema } = await daemon.ask<Section>('GET', path);
  assert.deepEqual(settings, await daemon.ask('GET', 'settings'));
  assert.deepEqual(Object.keys(schema.properties).sort(), Object.keys(settings).sort());
  await daemon.ask('PATCH', path, { maxSeeds: 3 });
  await daemon.ask('PATCH', 'settings', { maxDownloads: 4 });
  for (const [change, why] of [
    [{ maxSeeds: 0 }, /maxSeeds/],
    [{ attic: 1 }, /torrents has no setting "attic"/],
    [{ bannedAddresses: ['999'] }, /"999" is no IP address/],
    [{ downloadDir: 'here' }, /no full path/],
    [{ usesDht: true }, /switched off with --no-dht/],
  ] as const) {
    const { status, answer } = await daemon.answer('PATCH', path, change);
    assert.ok(status === 400 || status === 409, `${status}`);
    assert.match(String(answer.message), why);
  }
  assert.equal((await daemon.answer('GET', 'systems/nothing/settings')).status, 404);
  await daemon.stop();
  const stored = JSON.parse(
    readFileSync(join(bench.dir, 'daemon-settings', 'settings.json'), 'utf8'),
  ) as object;
  assert.deepEqual(stored, { torrents: { maxSeeds: 3, maxDownloads: 4 } });
  const again = await Daemon.up(bench, 'settings');
  const { maxSeeds, maxDownloads } = (await again.ask<Section>('GET', path)).settings;
  assert.deepEqual([maxSeeds, maxDownloads], [3, 4]);
  await again.stop();
});

test('settings of an older state folder are found again', async () => {
  const first = await Daemon.up(bench, 'older');
  await first.stop();
  const folder = join(bench.dir, 'daemon-older');
  const db = new DatabaseSync(join(folder, 'shoal.db'));
  db.exec("INSERT INTO settings VALUES ('maxSeeds', '7'), ('startsAdded', 'false')");
  db.close();
  for (let start = 0; start < 2; start++) {
    const daemon = await Daemon.up(bench, 'older');
    const { maxSeeds, startsAdded } = await daemon.ask<Record<string, unknown>>('GET', 'settings');
    assert.deepEqual([maxSeeds, startsAdded], [7, false]);
    await daemon.stop();
  }
});

test('links go to the system that takes them, also those of the watch folder', async () => {
  const daemon = await Daemon.up(bench, 'links');
  interface Opened {
    readonly system: string;
    readonly isNew: boolean;
    readonly item: { readonly hash: string; readonly labels: readonly string[] };
  }
  const opened = await daemon.ask<Opened>('POST', 'links', {
    link: MAGNET,
    labels: ['music'],
    isPaused: true,
  });
  assert.deepEqual([opened.system, opened.isNew, opened.item.labels], ['torrents', true, ['music']]);
  const { status, answer } = await daemon.answer('POST', 'links', { link: MAGNET });
  assert.deepEqual([status, answer.isNew], [200, false]);
  const claimed = {
    'http://example.org/': 'maybe',
    'http://example.org/a.torrent': 'sure',
    'gemini://a/': null,
  };
  for (const [link, claim] of Object.entries(claimed)) {
    const { claims } = await daemon.ask<{ claims: object[] }>('POST', 'links/claims', { link });
    assert.deepEqual(claims, claim === null ? [] : [{ system: 'torrents', claim }]);
  }
  assert.equal((await daemon.shares()).length, 1, 'a question opens nothing');
  const onDemand = await daemon.ask<{ item: { isOnDemand: boolean } }>('POST', 'links', {
    link: `magnet:?xt=urn:btih:${'c3'.repeat(20)}`,
    isOnDemand: true,
    isPaused: true,
  });
  assert.equal(onDemand.item.isOnDemand, true);
  for (const [body, why] of [
    [{ link: 'gemini://example.org/' }, /no system that is on takes "gemini:/],
    [{ file: Buffer.from('<html>').toString('base64') }, /no system that is on takes this file/],
    [{ link: 'a'.repeat(39) }, /no info hash/],
    [{}, /name one of link and file/],
    [{ link: MAGNET, file: 'aaaa' }, /name one of link and file/],
  ] as const) {
    const refused = await daemon.answer('POST', 'links', body);
    assert.equal(refused.status, 400);
    assert.match(String(refused.answer.message), why);
  }
  const watched = join(bench.dir, 'watched');
  mkdirSync(watched);
  writeFileSync(join(watched, 'one.magnet'), `magnet:?xt=urn:btih:${'b2'.repeat(20)}`);
  writeFileSync(join(watched, 'two.torrent'), 'no torrent');
  await daemon.ask('PATCH', 'settings', { watchDir: watched, startsAdded: false });
  await waitFor(() => existsSync(join(watched, 'one.magnet.added')), 'the link is added');
  await waitFor(() => existsSync(join(watched, 'two.torrent.invalid.txt')), 'the file is refused');
  assert.match(readFileSync(join(watched, 'two.torrent.invalid.txt'), 'utf8'), /takes this file/);
  assert.equal((await daemon.shares()).length, 3);
  await daemon.stop();
});

test('an exported state has switches, settings and databases, and a daemon goes on with it elsewhere', async () => {
  const daemon = await Daemon.up(bench, 'moved');
  const folder = join(bench.dir, 'daemon-moved');
  await daemon.ask('POST', 'links', { link: MAGNET, isPaused: true });
  await daemon.ask('PATCH', 'settings', { maxSeeds: 9 });
  await daemon.ask('PATCH', 'systems/torrents', { isOn: true });
  const path = join(bench.dir, 'moved.db');
  const exported = bench.shoal(['state', 'export', path], { state: folder });
  assert.equal(await exported.exited, 0, exported.output);
  const { shares, databases } = exported.events.find(({ event }) => event === 'exported')!;
  assert.equal(shares, 0, 'a share that has no metadata has no record yet');
  assert.ok((databases as string[]).includes('shoal.db'));
  await daemon.stop();
  const elsewhere = join(bench.dir, 'daemon-elsewhere');
  assert.equal(await bench.shoal(['state', 'import', path], { state: elsewhere }).exited, 0);
  assert.deepEqual(JSON.parse(readFileSync(join(elsewhere, 'systems.json'), 'utf8')), { torrents: true });
  const again = await Daemon.up(bench, 'elsewhere');
  assert.equal((await again.ask<{ maxSeeds: number }>('GET', 'settings')).maxSeeds, 9);
  assert.equal((await again.shares()).length, 1);
  await again.stop();
});
