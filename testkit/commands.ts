/**
 * Shoal's commands in a test: run to their end, or beside a daemon whose state folder they know.
 */
import { join } from 'node:path';
import { ROOT } from '../scripts/steps.ts';
import type { Bench } from './bench.ts';
import type { JsonEvent, Program } from './program.ts';
import { waitFor } from './wait.ts';

export interface Ended {
  readonly status: number | null;
  readonly events: JsonEvent[];
  /** The last event that is an error. */
  readonly error: JsonEvent;
}

export class Commands {
  readonly #bench: Bench;

  constructor(bench: Bench) {
    this.#bench = bench;
  }

  /** Runs a command to its end. */
  run(args: readonly string[], state?: string): Promise<Ended> {
    return ended(this.#bench.shoal(args, state === undefined ? {} : { state }));
  }

  /** A command that knows no network options, or must not be told to do without the daemon. */
  start(state: string, args: readonly string[]): Program {
    const main = join(ROOT, 'src/app/main.ts');
    return this.#bench.run(args[0]!, process.execPath, [main, ...args, '--state', state, '--json']);
  }

  /** One that drives the daemon, to its end. */
  drive(state: string, ...args: string[]): Promise<Ended> {
    return ended(this.start(state, args));
  }

  /** The output of a command for a person: standard output and standard error. */
  async output(state: string, ...args: string[]): Promise<string> {
    const main = join(ROOT, 'src/app/main.ts');
    const program = this.#bench.run(args[0]!, process.execPath, [main, ...args, '--state', state]);
    await program.exited;
    return program.output;
  }

  /** Until the share is whole and offered. @param id its number in the daemon */
  async untilSeeding(state: string, id: number): Promise<void> {
    const isSeeding = async (): Promise<boolean> =>
      (await this.drive(state, 'list')).events.some((share) => share.id === id && share.phase === 'seeding');
    await waitFor(isSeeding, `share ${id} is seeded`);
  }

  /** A daemon that is ready. */
  async up(state: string, folder: string, ...more: string[]): Promise<Program> {
    const where = ['--download-dir', folder, '--api-port', '0', '--port', '0'];
    const program = this.#bench.shoal(['up', ...where, ...more], { state });
    await program.event('ready');
    return program;
  }
}

async function ended(program: Program): Promise<Ended> {
  const status = await program.exited;
  const { events } = program;
  return { status, events, error: events.findLast(({ event }) => event === 'error')! };
}
