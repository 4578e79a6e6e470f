// Real file systems in mid-download: one that fills up, turns read-only, hangs, or is pulled out.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { hasProgram } from '../../scripts/setup-programs.ts';
import { MACHINE_CANNOT } from '../../scripts/steps.ts';
import { createPrng } from '../../src/ground/prng.ts';
import { firstDifference } from '../../testkit/files.ts';
import { hold, hurry, SLOW, withTorrents } from '../../testkit/torrent-bench.ts';
import { waitFor } from '../../testkit/wait.ts';

const PIECE = 65_536;

const until = (what: string, isSo: () => boolean): Promise<void> => waitFor(isSo, what);

const isRoot = process.getuid?.() === 0;
const needsRoot = isRoot ? false : 'making a file system needs root';

test(
  'a move to a place that is too small fails, and everything is where it was',
  { skip: needsRoot },
  (context) =>
    withTorrents(async (it) => {
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
    withTorrents(async (it) => {
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
        assert.equal(share.status().phase, 'resting');
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
    withTorrents(async (it) => {
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
        await until('it rests', () => share.status().phase === 'resting');
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
