/** The programs of one measurement: started, watched and stopped together. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../scripts/steps.ts';
import { Program } from '../testkit/program.ts';

const OBSERVE = join(ROOT, 'bench', 'observe.mjs');

export interface Delays {
  readonly count: number;
  /** Of them, later than 20 ms. */
  readonly over: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export class Fleet {
  readonly #programs: Program[] = [];
  readonly #observed = new Map<Program, string>();
  readonly #dir: string;

  constructor(dir: string) {
    this.#dir = dir;
  }

  start(
    name: string,
    command: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Program {
    const program = new Program(name, command, args, env);
    this.#programs.push(program);
    return program;
  }

  /** A Node program whose event loop is watched. */
  node(name: string, args: readonly string[]): Program {
    const path = join(this.#dir, `observed-${name}-${this.#programs.length}.json`);
    rmSync(path, { force: true });
    const program = this.start(name, process.execPath, ['--import', OBSERVE, ...args], {
      SHOAL_BENCH_OBSERVE: path,
    });
    this.#observed.set(program, path);
    return program;
  }

  /** How long the event loop of a `node` program was held up; undefined for others. */
  async delays(program: Program): Promise<Delays | undefined> {
    const path = this.#observed.get(program);
    if (path === undefined) return undefined;
    if (program.exitCode === undefined) program.child.kill('SIGUSR2');
    for (let wait = 0; wait < 100 && !existsSync(path); wait++) await sleep(10);
    await sleep(5);
    return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Delays) : undefined;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#programs.map((program) => program.stop()));
  }
}
