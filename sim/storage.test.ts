// Storage on a disk that fails: a crash at every write point, power losses that tear and reorder, full disks, errors,
// disks that hang, files that others change.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Death, StorageSim } from './storage-sim.ts';

const versions = ['v1', 'v2', 'hybrid'] as const;

for (const version of versions) {
  test(`a crash at every write point of a small download: ${version}`, async () => {
    const clean = await new StorageSim({ seed: 1, version, deaths: [] }).run();
    for (const how of ['kill', 'power'] satisfies Death[]) {
      for (let at = 1; at <= clean.writePoints; at++) {
        const sim = new StorageSim({ seed: 1, version, deaths: [{ at, how }] });
        await assert.doesNotReject(sim.run(), `${how} at write point ${at} of ${clean.writePoints}`);
      }
    }
  });
}
