// Storage on a disk that fails: a crash at every write point, power losses that tear and reorder, full disks, errors,
// disks that hang, files that others change.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPrng } from '../../src/ground/prng.ts';
import type { Prng } from '../../src/ground/ports.ts';
import { Day } from './day.ts';
import { type Death, type StorageReport, StorageSim, type StorageSimOptions } from './storage-sim.ts';

/** Saved several times on its way. */
const small = { seed: 1, rate: 3000 };
const versions = ['v1', 'v2', 'hybrid'] as const;

for (const version of versions) {
  test(`a crash at every write point of a small download: ${version}`, async () => {
    const clean = await new StorageSim({ ...small, version, deaths: [] }).run();
    for (const how of ['kill', 'power'] satisfies Death[]) {
      for (let at = 1; at <= clean.writePoints; at++) {
        const sim = new StorageSim({ ...small, version, deaths: [{ at, how }] });
        await assert.doesNotReject(sim.run(), `${how} at write point ${at} of ${clean.writePoints}`);
      }
    }
  });
}

test('only some of the files: the side file keeps the bytes that border on them, and no other name appears', async () => {
  for (const version of versions) {
    for (let seed = 1; seed <= 4; seed++) {
      const prng = createPrng(seed);
      const wanted = new Set([1 + prng.below(2)]);
      const deaths = randomDeaths(prng, 6);
      await new StorageSim({ ...small, seed, version, wanted, deaths }).run();
    }
  }
});

function randomDeaths(prng: Prng, count: number): { at: number; how: Death }[] {
  return Array.from({ length: count }, () => ({
    at: 1 + prng.below(60),
    how: prng.fraction() < 0.5 ? ('kill' as const) : ('power' as const),
  }));
}

test('dies again and again at random points of larger downloads', async () => {
  let deaths = 0;
  for (let seed = 1; seed <= 12; seed++) {
    const prng = createPrng(seed);
    const report = await new StorageSim({
      seed,
      version: versions[seed % 3]!,
      sizeBytes: 2_000_000,
      pieceLength: 16_384,
      rate: 10_000 + prng.below(60_000),
      deaths: randomDeaths(prng, 12).map(({ at, how }) => ({ at: at * 3, how })),
    }).run();
    deaths += report.deaths;
  }
  assert.ok(deaths > 50, `${deaths} deaths`);
});

test('killed, it fetches nothing again but what was on its way, and hashes no more than was in doubt', async () => {
  for (let seed = 1; seed <= 5; seed++) {
    const sim = new StorageSim({
      seed,
      sizeBytes: 4_000_000,
      pieceLength: 16_384,
      rate: 40_000,
      deaths: [{ at: 300, how: 'kill' }],
    });
    const { fetchedAgain, hashed } = await sim.run();
    assert.ok(fetchedAgain <= 4 * 16_384, `${fetchedAgain} bytes fetched again`);
    // 245 pieces; those of the last 30 seconds are in doubt, and a sample is looked at.
    assert.ok(hashed < 90, `${hashed} pieces hashed`);
  }
});

/** Runs with faults that come and go. */
async function troubled(
  options: Partial<StorageSimOptions>,
  interfere: (sim: StorageSim) => void,
): Promise<{ sim: StorageSim; report: StorageReport; messages: string }> {
  const sim = new StorageSim({ ...small, deaths: [], ...options, interfere });
  const report = await sim.run();
  const { troubles, recoveries } = sim.client!;
  assert.ok(troubles.length > 0 && recoveries > 0, 'it rested and went on');
  return { sim, report, messages: troubles.map(({ message }) => message).join('\n') };
}

const codes = [
  ['ENOSPC', /cannot write .*no space left/],
  ['EIO', /cannot write .*input\/output error/],
  ['EACCES', /cannot write .*permission denied/],
  ['EROFS', /cannot write .*read-only/],
] as const;
for (const [code, message] of codes) {
  test(`writes fail with ${code} for a while: it rests, says which file, and goes on with what it has`, async () => {
    const { report, messages } = await troubled({}, ({ world, disk }) => {
      world.at(20_000, () => {
        disk.faults.fail = (operation, path) =>
          operation === 'write' && path.startsWith('/out') ? code : undefined;
      });
      world.at(90_000, () => delete disk.faults.fail);
    });
    assert.match(messages, message);
    assert.equal(report.fetchedAgain, 0);
  });
}

test('the disk is too small until a person makes room', async () => {
  const { report, messages } = await troubled({}, ({ world, disk }) => {
    world.at(5000, () => (disk.faults.capacity = 150_000));
    world.at(200_000, () => delete disk.faults.capacity);
  });
  assert.match(messages, /no space left/);
  assert.equal(report.fetchedAgain, 0);
});

test('the state folder fails: nothing is written that is not noted', async () => {
  const { messages } = await troubled({}, ({ world, disk }) => {
    world.at(15_000, () => {
      disk.faults.fail = (operation, path) =>
        operation === 'write' && path.startsWith('/state') ? 'ENOSPC' : undefined;
    });
    world.at(60_000, () => delete disk.faults.fail);
  });
  assert.match(messages, /cannot write the journal in the state folder/);
});

test('a sync fails: the unsaved pieces count as lost, and are fetched again', async () => {
  let isFailing = true;
  const { report, messages } = await troubled({}, ({ disk }) => {
    disk.faults.fail = (operation, path) => {
      if (!isFailing || operation !== 'sync' || !path.endsWith('.part')) return undefined;
      isFailing = false;
      return 'EIO';
    };
  });
  assert.match(messages, /cannot save .*input\/output error/);
  assert.ok(report.fetchedAgain > 0);
});

test('a disk that hangs: it says so, and goes on when the disk answers', async () => {
  const { report, messages } = await troubled({}, ({ world, disk }) => {
    world.at(20_000, () => (disk.faults.hangs = (path) => path.startsWith('/out')));
    world.at(120_000, () => delete disk.faults.hangs);
  });
  assert.match(messages, /does not answer/);
  assert.equal(report.fetchedAgain, 0);
});

test('a part is removed by another program: its pieces are fetched again', async () => {
  const { messages } = await troubled({}, ({ world, disk }) => {
    world.at(45_000, () => disk.erase('/out/share/file0.part'));
  });
  assert.match(messages, /file0\.part was removed or replaced/);
});

test('something takes the name of a file that is fetched: it is not overwritten', async () => {
  const sim = new StorageSim({
    ...small,
    deaths: [],
    interfere: ({ world, disk }) => {
      world.at(10_000, () => disk.edit('/out/share/file0', () => Uint8Array.of(1, 2, 3)));
      world.at(200_000, () => {
        assert.deepEqual([...disk.files().get('/out/share/file0')!], [1, 2, 3]);
        disk.erase('/out/share/file0');
      });
    },
  });
  await sim.run();
  assert.match(sim.client!.troubles.map(({ message }) => message).join(), /appeared while it was fetched/);
});

for (const [where, place] of [
  ['on the same file system', '/elsewhere/new'],
  ['to another file system', '/mnt/new'],
] as const) {
  test(`moved ${where} while it is fetched, with a crash at every write point`, async () => {
    const options = {
      ...small,
      sizeBytes: 120_000,
      version: 'v1' as const,
      places: [place],
      interfere: (sim: StorageSim): void => {
        const { client, world } = sim;
        world.after(20_000, () => {
          // Not for one that has died meanwhile.
          if (sim.client === client) client!.storage?.moveTo(place).catch(() => {});
        });
      },
    };
    const clean = await new StorageSim({ ...options, deaths: [] }).run();
    let moved = 0;
    for (const how of ['kill', 'power'] satisfies Death[]) {
      for (let at = 1; at <= clean.writePoints; at++) {
        const sim = new StorageSim({ ...options, deaths: [{ at, how }] });
        await assert.doesNotReject(sim.run(), `${how} at write point ${at} of ${clean.writePoints}`);
        if (sim.client!.storage!.folder === place) moved++;
      }
    }
    assert.ok(moved > clean.writePoints / 2, `${moved} of ${2 * clean.writePoints} ended in the new place`);
  });
}

/** Another client's work in the output folder: where each file lies, and what of it is there. */
type Left = (sim: StorageSim) => Readonly<Record<string, Uint8Array>>;

function sparse(content: Uint8Array, from: number, to: number, length = content.length): Uint8Array {
  const left = new Uint8Array(length);
  left.set(content.subarray(from, to), from);
  return left;
}

/** Puts it there, and sees to it that nothing is ever written to a file under its final name. */
function afterOthers(options: StorageSimOptions, left: Left): { sim: StorageSim; writes: string[] } {
  const writes: string[] = [];
  const sim = new StorageSim({
    ...options,
    interfere: (running) => {
      options.interfere?.(running);
      for (const [path, before] of Object.entries(there)) {
        const now = sim.disk.files().get(path);
        const isLeft = now === undefined || Buffer.compare(now, before) === 0;
        const file = Number(/file(\d)$/.exec(path)?.[1]);
        assert.ok(isLeft || Buffer.compare(now, sim.contentOf(file)) === 0, `${path} was written to`);
      }
    },
  });
  const there = left(sim);
  for (const [path, content] of Object.entries(there)) sim.disk.edit(path, () => content);
  sim.disk.faults.fail = (operation, path) => {
    if (operation === 'write' || operation === 'truncate' || operation === 'rename')
      writes.push(`${operation} ${path}`);
    return undefined;
  };
  return { sim, writes };
}

/** Pieces of 32 KiB: file0 is whole up to the fourth, file1 ends in the middle, file4 is qBittorrent's. */
const halfFinished: Left = (sim) => ({
  '/out/share/file0': sparse(sim.contentOf(0), 0, 100_000),
  '/out/share/file1': sparse(sim.contentOf(1), 0, 60_000, 60_000),
  '/out/share/file4.!qB': sparse(
    sim.contentOf(4),
    sim.share.metainfo.info.version === 'v1' ? 24_000 : 0,
    29_999,
  ),
});

for (const version of versions) {
  test(`another client's half of it goes on, with a crash at every write point: ${version}`, async () => {
    const clean = afterOthers({ ...small, version, deaths: [] }, halfFinished).sim;
    const { writePoints, fetchedAgain } = await clean.run();
    const hadBytes = clean.client!.node.swarm.downloaded.total;
    assert.ok(hadBytes < 300_000 - 4 * 32_768 && fetchedAgain === 0, `${hadBytes} bytes came`);
    for (const how of ['kill', 'power'] satisfies Death[]) {
      for (let at = 1; at <= writePoints; at++) {
        const { sim } = afterOthers({ ...small, version, deaths: [{ at, how }] }, halfFinished);
        await assert.doesNotReject(sim.run(), `${how} at write point ${at} of ${writePoints}`);
      }
    }
  });
}

test('a right file whose piece reaches into a missing one is not touched, with a crash at every write point', async () => {
  const left: Left = (sim) =>
    Object.fromEntries([0, 1, 2].map((file) => [`/out/share/file${file}`, sim.contentOf(file)]));
  const isTouched = (write: string): boolean => /share\/file[012]/.test(write);
  const { sim: clean, writes } = afterOthers({ ...small, deaths: [] }, left);
  const { writePoints } = await clean.run();
  assert.deepEqual(writes.filter(isTouched), []);
  assert.ok(clean.client!.node.swarm.downloaded.total <= 2 * 32_768);
  for (const how of ['kill', 'power'] satisfies Death[]) {
    for (let at = 1; at <= writePoints; at++) {
      const { sim, writes: touched } = afterOthers({ ...small, deaths: [{ at, how }] }, left);
      await assert.doesNotReject(sim.run(), `${how} at write point ${at} of ${writePoints}`);
      assert.deepEqual(touched.filter(isTouched), [], `${how} at write point ${at}`);
    }
  }
});

test('a file of which only its border is wrong goes on when the right piece has come, with a crash at every write point', async () => {
  const left: Left = (sim) => {
    const [whole, first, last] = [0, 1, 4].map((file) => sim.contentOf(file)) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ];
    first[first.length - 1]! ^= 1;
    return { '/out/share/file0': whole, '/out/share/file1': first, '/out/share/file4': last };
  };
  const clean = afterOthers({ ...small, deaths: [] }, left).sim;
  const { writePoints } = await clean.run();
  assert.ok(clean.client!.node.swarm.downloaded.total <= 2 * 32_768);
  for (const how of ['kill', 'power'] satisfies Death[]) {
    for (let at = 1; at <= writePoints; at++) {
      const { sim } = afterOthers({ ...small, deaths: [{ at, how }] }, left);
      await assert.doesNotReject(sim.run(), `${how} at write point ${at} of ${writePoints}`);
    }
  }
});

test("a person's file in the place of one that no piece judges is left alone; moved away, it is fetched", async () => {
  const mine = Uint8Array.of(99);
  const left: Left = (sim) => {
    assert.notEqual(sim.contentOf(2)[0], mine[0]);
    return { '/out/share/file0': sim.contentOf(0), '/out/share/file2': mine };
  };
  const options: StorageSimOptions = {
    ...small,
    deaths: [],
    interfere: ({ world, disk }) =>
      world.at(600_000, () => {
        assert.deepEqual(disk.files().get('/out/share/file2'), mine);
        disk.erase('/out/share/file2');
      }),
  };
  const { sim } = afterOthers(options, left);
  await sim.run();
  assert.match(sim.client!.troubles.map(({ message }) => message).join(), /file2 exists with other content/);
});

test('a file that a person puts in the place of a fetched one is taken when it is right', async () => {
  const sim = new StorageSim({
    ...small,
    deaths: [],
    interfere: ({ world, disk }) =>
      world.at(10_000, () => disk.edit('/out/share/file0', () => sim.contentOf(0))),
  });
  await sim.run();
  assert.deepEqual(sim.client!.troubles, []);
});

test('24 simulated hours of everything at once', async () => {
  const report = await new Day(1, 24).run();
  console.log(JSON.stringify(report));
  assert.ok(report.downloads >= 20 && report.kills > 5 && report.powerLosses > 5 && report.diskFaults > 20);
  assert.equal(report.wrongBans, 0);
});
