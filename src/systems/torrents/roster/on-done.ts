/**
 * Runs a program that a person chose when a share is whole. It never goes through a shell: a file name that a stranger
 * chose is an argument and a variable, and no command.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { ShoalError } from '../../../ground/errors.ts';
import type { RosterEntry } from './entry.ts';

const MAX_SECONDS = 3600;
const MAX_RUNNING = 8;
let running = 0;

/**
 * The path of a program, looked up as a shell does: a name without a slash in the folders of PATH.
 * @throws ShoalError not-found, no-permission
 */
export function findProgram(name: string, searchPath: string = process.env.PATH ?? ''): string {
  // An empty entry of PATH means the current folder (POSIX.1-2024, 8.3).
  const folders = name.includes('/') ? [''] : searchPath.split(delimiter);
  const places = name === '' ? [] : folders.map((folder) => resolve(join(folder, name)));
  const files = places.filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true);
  const found = files.find((path) => isExecutable(path));
  if (found !== undefined) return found;
  if (files.length > 0)
    throw new ShoalError('no-permission', `${files[0]} cannot be run: make it executable with: chmod +x`);
  const where = name.includes('/') || name === '' ? '' : ' in the folders of PATH';
  throw new ShoalError('not-found', `there is no program "${name}"${where}`);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** @param onNotice called with what went wrong */
export function runOnDone(program: string, entry: RosterEntry, onNotice: (message: string) => void): void {
  if (running >= MAX_RUNNING) return onNotice(`${program} was not run: ${MAX_RUNNING} of it run already`);
  const { stored, downloadDir, name } = entry;
  const facts = {
    ID: `${stored.id}`,
    HASH: stored.key,
    NAME: name,
    DIR: downloadDir,
    LABELS: stored.preferences.labels.join(','),
  };
  const own = Object.entries(facts).map(([key, value]) => [`SHOAL_${key}`, value] as const);
  // Scripts that people have know Transmission's names.
  const known = Object.entries(facts).map(([key, value]) => [`TR_TORRENT_${key}`, value] as const);
  let child: ChildProcess;
  try {
    child = spawn(program, [downloadDir, name], {
      shell: false,
      stdio: 'ignore',
      timeout: MAX_SECONDS * 1000,
      env: { ...process.env, ...Object.fromEntries(own), ...Object.fromEntries(known) },
    });
  } catch (error) {
    // Thrown for some of the system's refusals, such as arguments that are too long; an event for the others.
    return onNotice(`cannot run ${program}: ${(error as Error).message}`);
  }
  running++;
  let hasEnded = false;
  const end = (trouble?: string): void => {
    // A program that could not be started may close as well.
    if (hasEnded) return;
    hasEnded = true;
    running--;
    if (trouble !== undefined) onNotice(trouble);
  };
  child.once('error', (error) => end(`cannot run ${program}: ${error.message}`));
  child.once('close', (code, signal) =>
    end(code === 0 ? undefined : `${program} ended with ${signal ?? `status ${code}`}`),
  );
}
