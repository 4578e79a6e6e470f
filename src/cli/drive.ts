/** `shoal add`, `list`, `pause`, `resume`, `remove`, `recheck`, `down`: what drives the always-on peer, through its HTTP API. */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { readAddress } from '../api/address.ts';
import type { ShareSummary } from '../api/v1/types.ts';
import { type ErrorCode, ShoalError } from '../ground/errors.ts';
import { defaultStateDir } from '../storage/node/state-db.ts';
import { createOutput } from './options.ts';
import type { Output } from './output.ts';
import { EXIT, runCommand } from './run.ts';
import { formatBytes, formatRate, printable } from './terminal/format.ts';

export interface DriveOptions {
  readonly state?: string;
  readonly json?: boolean;
}

export interface AddOptions extends DriveOptions {
  readonly output?: string;
  readonly paused?: boolean;
  readonly label?: readonly string[];
}

type Ask = (method: string, path: string, body?: object) => Promise<unknown>;

async function drive(
  options: DriveOptions,
  work: (ask: Ask, output: Output) => Promise<void>,
): Promise<void> {
  const output = createOutput(options);
  await runCommand(output, async () => {
    const folder = resolve(options.state ?? defaultStateDir());
    const address = readAddress(folder);
    const isDown = (cause?: unknown): ShoalError =>
      new ShoalError(
        'not-found',
        `no peer is up with the state in ${folder}: start it with: shoal up`,
        cause,
      );
    if (address === undefined) throw isDown();
    const { url, token } = address;
    await work(async (method, path, body) => {
      const headers = {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      };
      const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
      const response = await fetch(new URL(path, url), init).catch((error: unknown) => {
        throw isDown(error);
      });
      const answer: unknown = response.status === 204 ? {} : await response.json();
      if (response.ok) return answer;
      const { code, message } = answer as { code: ErrorCode; message: string };
      throw new ShoalError(code, message);
    }, output);
    return EXIT.done;
  });
}

const percent = ({ totalBytes, doneBytes }: ShareSummary): string =>
  totalBytes === 0 ? '-' : `${Math.floor((100 * doneBytes) / totalBytes)}`;

function show(output: Output, share: ShareSummary): void {
  output.event('share', share);
  const { id, name, phase, totalBytes, downloadRate, uploadRate, trouble } = share;
  const rates =
    downloadRate + uploadRate < 1 ? '' : `  ↓ ${formatRate(downloadRate)} ↑ ${formatRate(uploadRate)}`;
  const size = formatBytes(totalBytes).padStart(9);
  output.result(
    `${`${id}`.padStart(4)}  ${percent(share).padStart(3)} %  ${size}  ${phase.padEnd(8)}  ${printable(name)}${rates}`,
  );
  if (trouble !== null) output.result(`      ${printable(trouble)}`);
}

export async function runList(options: DriveOptions): Promise<void> {
  await drive(options, async (ask, output) => {
    const { shares } = (await ask('GET', '/api/v1/shares')) as { shares: ShareSummary[] };
    for (const share of shares) show(output, share);
    if (shares.length === 0) output.info('it holds no shares yet: add one with: shoal add LINK');
  });
}

export async function runAdd(what: string, options: AddOptions): Promise<void> {
  await drive(options, async (ask, output) => {
    const share = (await ask('POST', '/api/v1/shares', {
      ...sourceOf(what),
      ...(options.output === undefined ? {} : { folder: resolve(options.output) }),
      ...(options.paused === true ? { isPaused: true } : {}),
      ...(options.label === undefined ? {} : { labels: options.label }),
    })) as ShareSummary;
    show(output, share);
  });
}

/** Paths mean what they mean here, wherever the peer was started. */
function sourceOf(what: string): object {
  if (/^(magnet:|https?:)/i.test(what) || !existsSync(what)) return { link: what };
  if (!what.toLowerCase().endsWith('.torrent')) return { path: resolve(what) };
  return { torrent: readFileSync(what).toString('base64') };
}

/** By number, or by the beginning of the info hash, as long as it is clear which is meant. */
async function find(ask: Ask, which: string): Promise<ShareSummary> {
  const { shares } = (await ask('GET', '/api/v1/shares')) as { shares: ShareSummary[] };
  const isHash = /^[0-9a-f]{6,64}$/i.test(which);
  const found = shares.filter(
    ({ id, hash }) => `${id}` === which || (isHash && hash.startsWith(which.toLowerCase())),
  );
  if (found.length === 1) return found[0]!;
  const why = found.length === 0 ? 'there is no such share' : `${found.length} shares begin like that`;
  throw new ShoalError('bad-argument', `${which}: ${why}; see: shoal list`);
}

export async function runChange(
  which: readonly string[],
  options: DriveOptions,
  change: (share: ShareSummary) => { readonly method: string; readonly path: string; readonly body?: object },
): Promise<void> {
  await drive(options, async (ask, output) => {
    for (const one of which) {
      const share = await find(ask, one);
      const { method, path, body } = change(share);
      const answer = (await ask(method, `/api/v1/shares/${share.id}${path}`, body)) as Partial<ShareSummary>;
      if (answer.id === undefined) output.event('removed', { id: share.id, hash: share.hash });
      else show(output, answer as ShareSummary);
    }
  });
}

export async function runDown(options: DriveOptions): Promise<void> {
  await drive(options, async (ask, output) => {
    await ask('POST', '/api/v1/down');
    output.info('the peer goes down; all shares go on when it is up again');
  });
}
