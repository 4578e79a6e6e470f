/**
 * A state folder for one run of a command, where another process uses the state folder proper. It lies in `runs` below that,
 * and goes when the command ends: its contents are of use to that run alone.
 */
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fromSystemError } from '../../ground/errors.ts';
import { makePrivateFolder } from '../../ground/node/private-folder.ts';
import { type ClaimedFolder, claimStateFolder, isStateClaimed } from './state-folder.ts';

const RUNS = 'runs';
/** Younger ones may be about to be claimed. */
const MIN_AGE_MS = 60_000;

/** Removed when it is released. @throws ShoalError no-permission, no-space, … */
export function claimTemporaryState(stateFolder: string): ClaimedFolder {
  const runs = join(stateFolder, RUNS);
  makePrivateFolder(runs);
  removeLeftovers(runs);
  let folder: string;
  try {
    folder = mkdtempSync(join(runs, `${process.pid}-`));
  } catch (error) {
    throw fromSystemError(`cannot make a folder in ${runs}`, error);
  }
  const claimed = claimStateFolder(folder);
  const release = (): void => {
    claimed.release();
    rmSync(folder, { recursive: true, force: true });
  };
  return { ...claimed, release };
}

/** Of commands that were killed. */
function removeLeftovers(runs: string): void {
  for (const name of readdirSync(runs)) {
    const path = join(runs, name);
    const info = statSync(path, { throwIfNoEntry: false });
    const isOld = info !== undefined && Date.now() - info.mtimeMs > MIN_AGE_MS;
    if (isOld && !isStateClaimed(path)) rmSync(path, { recursive: true, force: true });
  }
}
