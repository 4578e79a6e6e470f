/**
 * Runs a program of the person's when a share is whole. Never through a shell: what a stranger named a file is an
 * argument and a variable, and no command.
 */
import { spawn } from 'node:child_process';
import type { Held } from './held.ts';

const MAX_SECONDS = 3600;
const MAX_RUNNING = 8;
let running = 0;

/** @param onNotice what went wrong with it */
export function runOnDone(program: string, held: Held, onNotice: (message: string) => void): void {
  if (running >= MAX_RUNNING) return onNotice(`${program} was not run: ${MAX_RUNNING} of it run already`);
  const { entry, downloadDir, name } = held;
  const facts = {
    ID: `${entry.id}`,
    HASH: entry.key,
    NAME: name,
    DIR: downloadDir,
    LABELS: entry.wishes.labels.join(','),
  };
  const own = Object.entries(facts).map(([key, value]) => [`SHOAL_${key}`, value] as const);
  // Scripts that people have know Transmission's names.
  const known = Object.entries(facts).map(([key, value]) => [`TR_TORRENT_${key}`, value] as const);
  running++;
  const child = spawn(program, [downloadDir, name], {
    shell: false,
    stdio: 'ignore',
    timeout: MAX_SECONDS * 1000,
    env: { ...process.env, ...Object.fromEntries(own), ...Object.fromEntries(known) },
  });
  child.once('error', (error) => onNotice(`cannot run ${program}: ${error.message}`));
  child.once('close', (code, signal) => {
    running--;
    if (code !== 0) onNotice(`${program} ended with ${signal ?? code}`);
  });
}
