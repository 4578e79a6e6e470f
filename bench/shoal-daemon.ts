/** A Shoal that is up, driven through its API as its own page drives it. */
import { readFileSync, rmSync } from 'node:fs';
import { freePort } from '../testkit/bench.ts';
import type { Program } from '../testkit/program.ts';
import { QUIET } from './clients.ts';
import { type Fleet, sleep } from './fleet.ts';

interface Share {
  readonly id: number;
  readonly phase: string;
}

interface Where {
  /** Where its data is already. */
  readonly dataFolder?: string;
  readonly folder?: string;
  readonly peers?: readonly string[];
}

export class ShoalDaemon {
  readonly program: Program;
  /** Where peers reach it. */
  readonly peerPort: number;
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;
  /** Ids of shares that it said are complete. */
  readonly #done = new Set<number>();
  #onDone: () => void = () => {};

  private constructor(program: Program, peerPort: number, url: string, token: string) {
    this.program = program;
    this.peerPort = peerPort;
    this.#url = url;
    this.#headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  }

  /** With a new state folder. @param main the program's first file */
  static async start(fleet: Fleet, main: string, state: string): Promise<ShoalDaemon> {
    rmSync(state, { recursive: true, force: true });
    const peerPort = await freePort();
    const where = ['--state', state, '--api-port', '0', '--port', `${peerPort}`];
    const program = fleet.start('daemon', process.execPath, [main, 'up', ...where, ...QUIET]);
    const { url, token } = await program.event('ready');
    const daemon = new ShoalDaemon(program, peerPort, url as string, token as string);
    await daemon.#listen();
    return daemon;
  }

  /** Resolves when it is complete: checked, or fetched. */
  async add(torrent: string, where: Where): Promise<void> {
    const body = JSON.stringify({ torrent: readFileSync(torrent).toString('base64'), ...where });
    const { id } = await this.#ask<Share>('shares', { method: 'POST', body });
    if (where.dataFolder === undefined) {
      while (!this.#done.has(id)) await new Promise<void>((resolve) => (this.#onDone = resolve));
      return;
    }
    while ((await this.#ask<Share>(`shares/${id}`)).phase !== 'seeding') await sleep(20);
  }

  async #ask<T>(path: string, init: RequestInit = {}): Promise<T> {
    const response = await fetch(new URL(`/api/v1/${path}`, this.#url), { ...init, headers: this.#headers });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
    return JSON.parse(text) as T;
  }

  async #listen(): Promise<void> {
    const { body } = await fetch(new URL('/api/v1/events', this.#url), { headers: this.#headers });
    const hear = async (): Promise<void> => {
      let text = '';
      for await (const chunk of body!.pipeThrough(new TextDecoderStream())) {
        text += chunk;
        const messages = text.split('\n\n');
        text = messages.pop()!;
        for (const message of messages) {
          const done = /^event: done\ndata: (.*)$/s.exec(message);
          if (done === null) continue;
          this.#done.add((JSON.parse(done[1]!) as Share).id);
          this.#onDone();
        }
      }
    };
    // It ends when the daemon does.
    hear().catch(() => {});
  }
}
