// WebTorrent 3 over TCP: torrent and magnet, both directions, plain and with its `secure` mode.
import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { hasNpmPrograms } from '../../scripts/setup-programs.ts';
import { Bench, freePort, WEBTORRENT_PEER } from '../../testkit/bench.ts';
import { firstDifference } from '../../testkit/files.ts';

const skip = hasNpmPrograms() ? false : 'webtorrent is not installed (npm run setup-programs)';
let bench: Bench;
let data: string;
before(async () => {
  bench = await Bench.open();
  data = await bench.makeData();
});
after(() => bench.close());

for (const version of ['v1', 'hybrid'] as const) {
  for (const link of ['torrent', 'magnet'] as const) {
    test(`WebTorrent fetches from shoal, and shoal from it: ${version}, ${link}`, { skip }, async () => {
      const torrent = join(bench.dir, `${version}-${link}.torrent`);
      const created = await bench.shoal(['create', data, `--${version}`, '-o', torrent]).event('created');
      const made = { torrent, magnet: created.magnet as string };
      const share = bench.shoal(['share', torrent, '--dir', dirname(data), '--port', '0']);
      const { port } = await share.event('ready');
      const theirs = await bench.folder(`wt-${version}-${link}`);
      const get = bench.run('webtorrent', process.execPath, [
        WEBTORRENT_PEER,
        'get',
        made[link],
        theirs,
        `127.0.0.1:${port}`,
      ]);
      await get.event('done');
      assert.equal(await firstDifference(data, join(theirs, 'data'), false), undefined);
      await Promise.all([get.stop(), share.stop()]);

      // It seeds what it fetched: pads of a hybrid are files to it, so it can't seed the original.
      const seedPort = await freePort();
      const seed = bench.run('webtorrent', process.execPath, [
        WEBTORRENT_PEER,
        'seed',
        torrent,
        theirs,
        `${seedPort}`,
      ]);
      await seed.event('ready');
      const ours = await bench.folder(`sh-${version}-${link}`);
      await bench
        .shoal(['get', made[link], '-o', ours, '--peer', `127.0.0.1:${seedPort}`, '--port', '0'])
        .event('done');
      assert.equal(await firstDifference(data, join(ours, 'data')), undefined);
      await seed.stop();
    });
  }
}

/** Its level, which it insists on when it is not 0; our policy. */
const SECURE = [
  ['1', 'allowed'],
  ['1', 'preferred'],
  ['2', 'allowed'],
  ['2', 'required'],
] as const;
for (const [secure, ours] of SECURE) {
  test(`WebTorrent with secure ${secure} and ${ours}, both ways`, { skip }, async () => {
    const torrent = join(bench.dir, `secure-${secure}-${ours}.torrent`);
    await bench.shoal(['create', data, '--v1', '-o', torrent]).event('created');
    const own = ['--port', '0', '--encryption', ours];
    const share = bench.shoal(['share', torrent, '--dir', dirname(data), ...own]);
    const { port } = await share.event('ready');
    const theirs = await bench.folder(`wt-secure-${secure}-${ours}`);
    const peer = `127.0.0.1:${port}`;
    const get = bench.run('webtorrent', process.execPath, [
      WEBTORRENT_PEER,
      'get',
      torrent,
      theirs,
      peer,
      secure,
    ]);
    await get.event('done');
    assert.equal(await firstDifference(data, join(theirs, 'data'), false), undefined);
    await Promise.all([get.stop(), share.stop()]);

    const seedPort = `${await freePort()}`;
    const where = ['seed', torrent, dirname(data), seedPort, secure];
    const seed = bench.run('webtorrent', process.execPath, [WEBTORRENT_PEER, ...where]);
    await seed.event('ready');
    const fetched = await bench.folder(`sh-secure-${secure}-${ours}`);
    await bench
      .shoal(['get', torrent, '-o', fetched, '--peer', `127.0.0.1:${seedPort}`, ...own])
      .event('done');
    assert.equal(await firstDifference(data, join(fetched, 'data')), undefined);
    await seed.stop();
  });
}
