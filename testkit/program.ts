/**
 * A program that a test runs: a child process whose output is lines, some of them JSON events. It is stopped by its own
 * id, and every wait for it has an end.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { ROOT } from '../scripts/steps.ts';
import { WAIT_MS } from './wait.ts';

/** From SIGTERM to SIGKILL. A program that stops cleanly on a busy machine still gets to say how it ended. */
const STOP_MS = 30_000;

export type JsonEvent = { readonly event: string } & Readonly<Record<string, unknown>>;

/** A child whose standard output is lines, some of them JSON events. */
export class Program {
  readonly name: string;
  readonly child: ChildProcess;
  readonly events: JsonEvent[] = [];
  output = '';
  exitCode: number | null | undefined;
  readonly exited: Promise<number | null>;
  #waiters: (() => void)[] = [];

  constructor(
    name: string,
    command: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
    cwd: string = ROOT,
  ) {
    this.name = name;
    this.child = spawn(command, [...args], {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const read = (line: string): void => {
      this.output += `${line}\n`;
      if (line.startsWith('{')) {
        try {
          this.events.push(JSON.parse(line) as JsonEvent);
        } catch {
          // Not an event after all.
        }
      }
      this.#wake();
    };
    createInterface({ input: this.child.stdout! }).on('line', read);
    createInterface({ input: this.child.stderr! }).on('line', read);
    this.exited = new Promise((resolve) => {
      this.child.once('error', (error) => {
        this.output += String(error);
        resolve(null);
      });
      this.child.once('close', (code) => resolve(code));
    });
    void this.exited.then((code) => {
      this.exitCode = code;
      this.#wake();
    });
  }

  #wake(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter();
  }

  /** The next (or an earlier) event of that name; fails when the program ends without it. */
  event(name: string, waitMs: number = WAIT_MS): Promise<JsonEvent> {
    return this.until(() => this.events.find((event) => event.event === name), `event "${name}"`, waitMs);
  }

  async until<T>(find: () => T | undefined, what: string, waitMs: number = WAIT_MS): Promise<T> {
    const deadline = performance.now() + waitMs;
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      const left = deadline - performance.now();
      if (left <= 0 || this.exitCode !== undefined) {
        const why = left <= 0 ? `not within ${waitMs / 1000} s` : `it ended with ${this.exitCode}`;
        throw new Error(`${this.name}: no ${what}: ${why}\n${this.output.slice(-3000)}`);
      }
      await new Promise<void>((resolve) => {
        this.#waiters.push(resolve);
        setTimeout(resolve, Math.min(left, 200)).unref();
      });
    }
  }

  async stop(): Promise<number | null> {
    if (this.exitCode === undefined) {
      this.child.stdin?.end();
      this.child.kill('SIGTERM');
      const timer = setTimeout(() => this.child.kill('SIGKILL'), STOP_MS);
      await this.exited;
      clearTimeout(timer);
    }
    return this.exitCode ?? null;
  }
}
