// Storage over real disks: shares that are moved, renamed and chosen from while they are fetched; files that change under
// a seed; file systems that fill up, turn read-only, or hang.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { hasProgram } from '../../scripts/setup-programs.ts';
import { MACHINE_CANNOT } from '../../scripts/steps.ts';
import { Bench } from '../../testkit/bench.ts';
import { firstDifference } from '../../testkit/files.ts';
import { waitFor } from '../../testkit/wait.ts';
import { createAddress } from '../../src/ground/address.ts';
import { createPrng } from '../../src/ground/prng.ts';
import { createPeer, type ShoalPeer } from '../../src/systems/torrents/share/peer.ts';
import type { Share } from '../../src/systems/torrents/share/share.ts';

const PIECE = 65_536;

class Setting {
  readonly bench: Bench;
  readonly peers: ShoalPeer[] = [];
  readonly notices: string[] = [];

  constructor(bench: Bench) {
    this.bench = bench;
  }

  async peer(name: string, uploadLimit?: number): Promise<ShoalPeer> {
    const limit = uploadLimit === undefined ? {} : { uploadLimit };
    const stateDir = join(this.bench.dir, name);
    const peer = await createPeer({ stateDir, port: 0, host: '127.0.0.1', dht: false, lsd: false, ...limit });
    this.peers.push(peer);
    return peer;
  }

  /** A folder of files of those sizes. */
  async data(...sizes: number[]): Promise<string> {
    const root = await this.bench.folder('origin/data');
    for (const [i, size] of sizes.entries())
      writeFileSync(join(root, `f${i}`), createPrng(i + 1).fill(new Uint8Array(size)));
    return root;
  }

  async get(
    peer: ShoalPeer,
    source: Share,
    from: ShoalPeer,
    out: string,
    select?: Set<number>,
  ): Promise<Share> {
    const link = source.magnet([createAddress('127.0.0.1', from.port)!]);
    const share = await peer.get(link, {
      outputDir: out,
      ...(select === undefined ? {} : { select: () => select }),
    });
    share.onNotice = (message) => this.notices.push(message);
    return share;
  }

  async close(): Promise<void> {
    await Promise.all(this.peers.map((peer) => peer.close()));
    await this.bench.close();
  }
}

async function setting(run: (setting: Setting) => Promise<void>): Promise<void> {
  const it = new Setting(await Bench.open());
  try {
    await run(it);
  } finally {
    await it.close();
  }
}

const until = (what: string, isSo: () => boolean): Promise<void> => waitFor(isSo, what);

/** Bytes a second of a seed until enough has come for what is tried in mid-download. */
const SLOW = 150_000;

/** Next to nothing: a piece takes half a minute. However busy the machine, no file gets whole meanwhile. */
function hold(seeder: ShoalPeer): void {
  seeder.setLimits({ download: Number.POSITIVE_INFINITY, upload: 2_000 });
}

function hurry(seeder: ShoalPeer): void {
  seeder.setLimits({ download: Number.POSITIVE_INFINITY, upload: Number.POSITIVE_INFINITY });
}

test('moved, renamed and chosen from while it is fetched; the next start finds it all', () =>
  setting(async (it) => {
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
  setting(async (it) => {
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
  setting(async (it) => {
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
    // What else there is still comes.
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
  setting(async (it) => {
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
  setting(async (it) => {
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

const isRoot = process.getuid?.() === 0;
const needsRoot = isRoot ? false : 'making a file system needs root';

test(
  'a move to a place that is too small fails, and everything is where it was',
  { skip: needsRoot },
  (context) =>
    setting(async (it) => {
      const small = await it.bench.folder('small');
      try {
        execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', small]);
      } catch {
        return context.skip(`${MACHINE_CANNOT} mount a tmpfs`);
      }
      try {
        const root = await it.data(1_300_000, 3_000_000);
        const seeder = await it.peer('seeder', 3 * SLOW);
        const source = await seeder.share(root, { pieceLength: PIECE });
        const getter = await it.peer('getter');
        const out = await it.bench.folder('out');
        const share = await it.get(getter, source, seeder, out);
        await until('most came', () => share.status().doneBytes > 1_200_000);
        hold(seeder);
        await assert.rejects(share.moveTo(small), { code: 'no-space' });
        assert.deepEqual(readdirSync(small), []);
        hurry(seeder);
        const { downloadBytes } = await share.done;
        assert.equal(await firstDifference(root, join(out, 'data')), undefined);
        assert.ok(downloadBytes < 4_300_000 + PIECE, `${downloadBytes} bytes came`);
      } finally {
        execFileSync('umount', [small]);
      }
    }),
);

const MKFS = '/usr/sbin/mkfs.ext4';
const needsExt4 =
  needsRoot || (hasProgram(MKFS) ? false : 'e2fsprogs is not installed (npm run setup-programs)');

interface LoopMount {
  readonly folder: string;
  unmount(): void;
  /** Mounts it again, as a device that was never seen. */
  plugIn(): void;
}

/** A small real ext4 on a loop device; undefined where that may not be made. */
function mountLoop(dir: string, mib: number): LoopMount | undefined {
  const image = join(dir, 'image');
  const folder = join(dir, 'loop');
  mkdirSync(folder);
  execFileSync('truncate', ['-s', `${mib}M`, image]);
  execFileSync(MKFS, ['-q', '-F', '-m', '0', image]);
  try {
    mountImage(image, folder);
  } catch {
    return undefined;
  }
  return {
    folder,
    unmount: () => void execFileSync('umount', [folder]),
    plugIn: () => mountImage(image, folder),
  };
}

/**
 * On a loop device of its own, which goes when it is unmounted everywhere. `mount -o loop` takes the device that the
 * image has already, and in a mount namespace that another program made meanwhile the old mount lives on.
 */
function mountImage(image: string, folder: string): void {
  const device = execFileSync('losetup', ['--find', '--show', image], { encoding: 'utf8' }).trim();
  try {
    execFileSync('mount', [device, folder]);
  } finally {
    execFileSync('losetup', ['--detach', device]);
  }
}

test(
  'a real file system fills up, turns read-only, and hangs, in mid-download; another share goes on',
  {
    skip: needsExt4,
  },
  (context) =>
    setting(async (it) => {
      const loop = mountLoop(it.bench.dir, 24);
      if (loop === undefined) return context.skip(`${MACHINE_CANNOT} mount a loop device`);
      try {
        const root = await it.data(12_000_000);
        const seeder = await it.peer('seeder', 3 * SLOW);
        const source = await seeder.share(root, { pieceLength: PIECE });
        const getter = await it.peer('getter');
        const share = await it.get(getter, source, seeder, loop.folder);
        await until('some came', () => share.status().doneBytes > 500_000);

        const filler = join(loop.folder, 'filler');
        execFileSync('sh', ['-c', `head -c 30000000 /dev/zero > ${filler} || true`], { stdio: 'ignore' });
        await until('it is full', () => share.status().troubles[0]?.code === 'no-space');
        assert.equal(share.status().phase, 'paused');
        execFileSync('rm', [filler]);
        await until('it goes on', () => share.status().phase === 'fetching');

        const before = share.status().doneBytes;
        await until('more came', () => share.status().doneBytes > before + 500_000);
        // Open for writing, it cannot be turned read-only by force: the next best thing hangs all writes.
        execFileSync('fsfreeze', ['-f', loop.folder]);
        try {
          const other = await seeder.share(await it.bench.folder('other'), {}).catch(() => undefined);
          assert.equal(other, undefined, 'an empty folder is nothing to share');
          writeFileSync(join(it.bench.dir, 'other', 'x'), createPrng(9).fill(new Uint8Array(600_000)));
          const second = await seeder.share(join(it.bench.dir, 'other'), { pieceLength: PIECE });
          const otherShare = await it.get(getter, second, seeder, await it.bench.folder('out2'));
          await otherShare.done;
          await until('the hanging one says so', () => share.status().troubles.length > 0);
          assert.match(share.status().troubles[0]!.message, /does not answer/);
        } finally {
          execFileSync('fsfreeze', ['-u', loop.folder]);
        }
        hurry(seeder);
        const { downloadBytes } = await share.done;
        assert.equal(await firstDifference(root, join(loop.folder, basename(root))), undefined);
        assert.ok(downloadBytes < 12_000_000 + 200_000, `${downloadBytes} bytes came`);
        await share.stop();

        execFileSync('mount', ['-o', 'remount,ro', loop.folder]);
        await assert.rejects(
          it.get(getter, source, seeder, join(loop.folder, 'new')).then((again) => again.done),
          { code: 'no-permission', message: /read-only/ },
        );
      } finally {
        await Promise.all(it.peers.map((peer) => peer.close()));
        loop.unmount();
      }
    }),
);

/** EXT4_IOC_SHUTDOWN without flushing the journal: what a device does that is pulled out. Every call fails from then on. */
function pullOut(folder: string): void {
  const script = `import fcntl, os, struct; fcntl.ioctl(os.open('${folder}', 0), 0x8004587D, struct.pack('I', 2))`;
  execFileSync('python3', ['-c', script]);
}

test(
  'the device is pulled out in mid-download: it rests; mounted again, it goes on',
  {
    skip: needsExt4,
  },
  (context) =>
    setting(async (it) => {
      const loop = mountLoop(it.bench.dir, 32);
      if (loop === undefined) return context.skip(`${MACHINE_CANNOT} mount a loop device`);
      try {
        const root = await it.data(12_000_000);
        const seeder = await it.peer('seeder', 6 * SLOW);
        const source = await seeder.share(root, { pieceLength: PIECE });
        const getter = await it.peer('getter');
        const share = await it.get(getter, source, seeder, loop.folder);
        await until('some came', () => share.status().doneBytes > 2_000_000);
        pullOut(loop.folder);
        // Its next save finds out: what was not saved counts as lost, and nothing is claimed that is not there.
        await until('it rests', () => share.status().phase === 'paused');
        hurry(seeder);
        assert.match(share.status().troubles[0]!.message, /cannot (save|write) .*f0\.part/);
        await share.stop();
        loop.unmount();
        loop.plugIn();
        const again = await it.get(getter, source, seeder, loop.folder);
        await again.done;
        assert.equal(await firstDifference(root, join(loop.folder, basename(root))), undefined);
      } finally {
        await Promise.all(it.peers.map((peer) => peer.close()));
        loop.unmount();
      }
    }),
);
