// Storage over real disks: shares that are moved, renamed and chosen from while they are fetched; files that change under
// a seed.
import assert from 'node:assert/strict';
import {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { firstDifference } from '../../testkit/files.ts';
import { hold, hurry, SLOW, withTorrents } from '../../testkit/torrent-bench.ts';
import { waitFor } from '../../testkit/wait.ts';

const PIECE = 65_536;

const until = (what: string, isSo: () => boolean): Promise<void> => waitFor(isSo, what);

test('moved, renamed and chosen from while it is fetched; the next start finds it all', () =>
  withTorrents(async (it) => {
    const root = await it.data(1_500_000, 800_000, 700_000, 300_001);
    const seeder = await it.peer('seeder', SLOW);
    const source = await seeder.share(root, { pieceLength: PIECE, version: 'v1' });
    const getter = await it.peer('getter');
    const out = await it.bench.folder('out');
    const share = await it.get(getter, source, seeder, out, new Set([0, 1, 2]));
    await until('some came', () => share.status().doneBytes > 200_000);
    hold(seeder);
    const elsewhere = join(await it.bench.folder('elsewhere'), 'deep', 'er');
    await share.moveTo(elsewhere);
    assert.deepEqual(readdirSync(out), []);
    await share.renameFile(1, 'sub/other name');
    await assert.rejects(share.renameFile(0, '../../etc/passwd'), { code: 'unsafe-path' });
    await assert.rejects(share.renameFile(0, 'CON'), { code: 'unsafe-path' });
    // The third is not wanted after all, the fourth is.
    await share.select(new Set([0, 1, 3]));
    hurry(seeder);
    const result = await share.done;
    assert.equal(result.path, join(elsewhere, 'data'));
    assert.deepEqual(readFileSync(join(elsewhere, 'data', 'f0')), readFileSync(join(root, 'f0')));
    assert.deepEqual(readFileSync(join(elsewhere, 'data', 'sub/other name')), readFileSync(join(root, 'f1')));
    assert.deepEqual(readFileSync(join(elsewhere, 'data', 'f3')), readFileSync(join(root, 'f3')));
    assert.deepEqual(readdirSync(join(elsewhere, 'data')).sort(), ['f0', 'f3', 'sub']);
    await share.stop();
    const again = await it.get(getter, source, seeder, elsewhere, new Set([0, 1, 3]));
    const found = await again.done;
    assert.equal(found.downloadBytes, 0);
  }));

test('moves and renames that are asked for at the same time are done one after another', () =>
  withTorrents(async (it) => {
    const root = await it.data(300_000, 200_000, 100_000);
    const seeder = await it.peer('seeder');
    const source = await seeder.share(root, { pieceLength: PIECE, version: 'v1' });
    const getter = await it.peer('getter');
    const out = await it.bench.folder('out');
    const share = await it.get(getter, source, seeder, out);
    await share.done;
    const [first, second] = [join(it.bench.dir, 'first'), join(it.bench.dir, 'second')];
    await Promise.all([
      share.moveTo(first),
      share.renameFile(0, 'sub/a'),
      share.moveTo(second),
      share.renameFile(1, 'sub/b'),
    ]);
    assert.deepEqual(readdirSync(out), []);
    assert.deepEqual(readdirSync(join(second, 'data'), { recursive: true }).sort(), [
      'f2',
      'sub',
      'sub/a',
      'sub/b',
    ]);
    assert.equal(share.folder, second);
    await share.stop();
    const again = await it.get(getter, source, seeder, second);
    assert.equal((await again.done).downloadBytes, 0);
  }));

test('a seeding file that changes is noticed before a wrong byte leaves, and offered again when it is back', () =>
  withTorrents(async (it) => {
    const root = await it.data(2_000_000, 400_000);
    const seeder = await it.peer('seeder', SLOW);
    const source = await seeder.share(root, { pieceLength: PIECE });
    const noted: string[] = [];
    source.onNotice = (message) => noted.push(message);
    const getter = await it.peer('getter');
    const share = await it.get(getter, source, seeder, await it.bench.folder('out'));
    await until('some came', () => share.status().doneBytes > 200_000);
    const path = join(root, 'f0');
    const { mtime } = statSync(path);
    const right = readFileSync(path);
    const wrong = Buffer.from(right);
    wrong.fill(0);
    writeFileSync(path, wrong);
    await until('the seed noticed', () =>
      source.status().troubles.some(({ code }) => code === 'file-changed'),
    );
    hurry(seeder);
    // The other pieces still come.
    await until('the other file came', () => existsSync(join(it.bench.dir, 'out', 'data', 'f1')));
    assert.equal(share.status().phase, 'fetching');
    writeFileSync(path, right);
    utimesSync(path, mtime, mtime);
    await share.done;
    assert.equal(await firstDifference(root, join(it.bench.dir, 'out', 'data')), undefined);
    assert.ok(
      noted.some((message) => /f0 was changed: it is not offered as it is now/.test(message)),
      noted.join(),
    );
    assert.ok(
      noted.some((message) => /f0 is offered again/.test(message)),
      noted.join(),
    );
    assert.ok(!it.notices.some((message) => message.includes('wrong hash')), 'a wrong byte left');
  }));

test('a fetched file that a person changed is never fetched over; moved away, it comes anew', () =>
  withTorrents(async (it) => {
    const root = await it.data(300_000, 200_000);
    const seeder = await it.peer('seeder');
    const source = await seeder.share(root, { pieceLength: PIECE, version: 'v1' });
    const getter = await it.peer('getter');
    const out = await it.bench.folder('out');
    const first = await it.get(getter, source, seeder, out);
    await first.done;
    await first.stop();
    const path = join(out, 'data', 'f0');
    const changed = readFileSync(path);
    changed.write('my own words', 1000);
    writeFileSync(path, changed);
    await assert.rejects(it.get(getter, source, seeder, out), {
      code: 'name-conflict',
      message: /was changed since/,
    });
    assert.deepEqual(readFileSync(path), changed);
    // As the message says: it is moved away, and comes anew; what nobody touched stays.
    renameSync(path, join(out, 'mine'));
    const again = await it.get(getter, source, seeder, out);
    const { downloadBytes } = await again.done;
    assert.equal(await firstDifference(root, join(out, 'data')), undefined);
    assert.ok(downloadBytes <= 300_000 + PIECE, `${downloadBytes} bytes`);
    assert.deepEqual(readFileSync(join(out, 'mine')), changed);
  }));

test('a seeding file that was removed and comes back', () =>
  withTorrents(async (it) => {
    const root = await it.data(2_000_000, 400_000);
    const seeder = await it.peer('seeder', SLOW);
    const source = await seeder.share(root, { pieceLength: PIECE });
    const getter = await it.peer('getter');
    const share = await it.get(getter, source, seeder, await it.bench.folder('out'));
    await until('some came', () => share.status().doneBytes > 100_000);
    // Cut short: an open file that is only renamed can still be read, and is right.
    const path = join(root, 'f0');
    const right = readFileSync(path);
    writeFileSync(path, right.subarray(0, 70_000));
    await until('it is missed', () => source.status().troubles.length > 0);
    writeFileSync(path, right);
    hurry(seeder);
    await share.done;
    assert.equal(await firstDifference(root, join(it.bench.dir, 'out', 'data')), undefined);
  }));
