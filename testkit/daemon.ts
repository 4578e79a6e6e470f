/** `shoal up` in a test: a daemon with a state folder and a download folder of its own, asked over HTTP with its token. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench } from './bench.ts';
import type { Program } from './program.ts';
import { waitFor } from './wait.ts';

/** The fields of a share in the API that tests read. */
export interface ShareSummary {
  readonly id: number;
  readonly hash: string;
  readonly name: string;
  readonly phase: string;
  readonly folder: string;
  readonly labels: readonly string[];
  readonly peers: number;
  readonly fileCount: number;
  readonly doneBytes: number;
  readonly totalBytes: number;
  readonly uploadedBytes: number;
  /** Bytes a second. */
  readonly downloadRate: number;
}

export interface DaemonAnswer {
  readonly status: number;
  readonly answer: Readonly<Record<string, unknown>>;
}

export class Daemon {
  readonly program: Program;
  readonly state: string;
  /** Where it puts what it fetches. */
  readonly folder: string;
  /** Of its API, with a slash at the end. */
  readonly url: string;
  readonly port: number;
  /**
   * The headers that sign in. The daemon does not take Node's own `fetch` for a plain program, because it may
   * be a browser.
   */
  readonly token: string;
  /** Of the page, with what signs in. */
  readonly page: string;

  private constructor(
    program: Program,
    state: string,
    folder: string,
    ready: Readonly<Record<string, unknown>>,
  ) {
    this.program = program;
    this.state = state;
    this.folder = folder;
    this.url = ready.url as string;
    this.port = ready.port as number;
    this.token = ready.token as string;
    this.page = (ready.pages as readonly string[])[0]!;
  }

  /** The second time with the same name it is a restart: state and folder are those of the first. */
  static async up(bench: Bench, name: string, ...more: string[]): Promise<Daemon> {
    const folder = await bench.folder(`files-${name}`);
    return Daemon.upWithoutTorrents(bench, name, '--download-dir', folder, '--port', '0', ...more);
  }

  /** The same without the options of torrents: they are refused where that system is off. */
  static async upWithoutTorrents(bench: Bench, name: string, ...more: string[]): Promise<Daemon> {
    const folder = await bench.folder(`files-${name}`);
    const state = join(bench.dir, `daemon-${name}`);
    const where = more.includes('--api-port') ? [] : ['--api-port', '0'];
    const program = bench.shoal(['up', ...where, ...more], { state });
    return new Daemon(program, state, folder, await program.event('ready'));
  }

  /** Asks with the token. @param path below the root, such as `/files/1/0` */
  fetch(path: string | URL, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set('authorization', `Bearer ${this.token}`);
    return fetch(new URL(path, this.url), { ...init, headers });
  }

  /** @param path below `/api/v1/` @param body an object is sent as JSON */
  async answer(method: string, path: string, body?: object | Uint8Array): Promise<DaemonAnswer> {
    const isBytes = body instanceof Uint8Array;
    const headers = { 'content-type': isBytes ? 'application/octet-stream' : 'application/json' };
    const sent = isBytes ? new Uint8Array(body) : JSON.stringify(body);
    const response = await this.fetch(
      `/api/v1/${path}`,
      body === undefined ? { method } : { method, headers, body: sent },
    );
    const text = await response.text();
    return {
      status: response.status,
      answer: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
    };
  }

  /** The same; fails when it is refused. */
  async ask<T = ShareSummary>(method: string, path: string, body?: object): Promise<T> {
    const { status, answer } = await this.answer(method, path, body);
    assert.ok(status < 400, `${method} ${path}: ${status} ${JSON.stringify(answer)}`);
    return answer as T;
  }

  async shares(): Promise<readonly ShareSummary[]> {
    return (await this.ask<{ shares: readonly ShareSummary[] }>('GET', 'shares')).shares;
  }

  /** Until that is so of all shares; returns them. */
  async untilShares(
    what: string,
    isSo: (shares: readonly ShareSummary[]) => boolean,
  ): Promise<readonly ShareSummary[]> {
    let shares: readonly ShareSummary[] = [];
    const explain = (): string =>
      JSON.stringify(shares.map(({ id, phase, peers, doneBytes }) => ({ id, phase, peers, doneBytes })));
    await waitFor(
      async () => {
        shares = await this.shares();
        return isSo(shares);
      },
      what,
      { explain },
    );
    return shares;
  }

  /** Milliseconds that its process has computed. Linux only. */
  cpuTimeMs(): number {
    // proc(5): behind the name in brackets, the 12th and 13th field are user and system time in ticks of 10 ms.
    const fields = readFileSync(`/proc/${this.program.child.pid}/stat`, 'utf8')
      .split(') ')
      .at(-1)!
      .split(' ');
    return 10 * (Number(fields[11]) + Number(fields[12]));
  }

  /** @returns its exit status */
  stop(): Promise<number | null> {
    return this.program.stop();
  }
}
