/** The client of the daemon's HTTP API, at the address that the daemon left in the state folder. */
import { resolve } from 'node:path';
import { type ErrorCode, ShoalError } from '../ground/errors.ts';
import { readAddress } from '../host/daemon-address.ts';
import { defaultStateDir, isStateClaimed } from '../host/state/state-folder.ts';
import { commandLine } from './command-name.ts';
import { readEvents, type ServerEvent } from './read-events.ts';

export interface DriveOptions {
  readonly state?: string;
  readonly json?: boolean;
}

export type Ask = (method: string, path: string, body?: object) => Promise<unknown>;

export interface DaemonClient {
  readonly ask: Ask;
  /** The same, with the status of the answer. */
  readonly askFully: (
    ...question: Parameters<Ask>
  ) => Promise<{ readonly status: number; readonly answer: unknown }>;
  readonly url: string;
  readonly token: string;
  /** GET of an answer that is not JSON. */
  readonly read: (path: string) => Promise<Uint8Array>;
  /** Server-sent events, until the daemon ends them. */
  readonly listen: (path: string) => AsyncGenerator<ServerEvent>;
}

/**
 * The daemon of a state folder; undefined when none left its address there. The address of a dead daemon is not used:
 * another account may listen there by now, and would receive the token.
 * @throws ShoalError no-permission where the folder belongs to another account
 */
export function connectDaemon({ state }: DriveOptions, signal?: AbortSignal): DaemonClient | undefined {
  const folder = resolve(state ?? defaultStateDir());
  const address = readAddress(folder);
  if (address === undefined || !isStateClaimed(folder)) return undefined;
  return connectDaemonAt(address.url, address.token, { folder, signal });
}

export const isDown = (folder: string, cause?: unknown): ShoalError =>
  new ShoalError(
    'not-found',
    `no daemon is up with the state in ${folder}: start it with: ${commandLine('up')}`,
    cause,
  );

export interface ConnectOptions {
  /** The daemon's state folder, for people. */
  readonly folder?: string;
  /** Ends every request at once. */
  readonly signal?: AbortSignal | undefined;
}

/** A daemon that is busy or stuck keeps us waiting until the signal; it may carry on with the request. */
export function connectDaemonAt(
  url: string,
  token: string,
  { folder = '', signal }: ConnectOptions = {},
): DaemonClient {
  const send = async (...[method, path, body]: Parameters<Ask>): Promise<Response> => {
    const headers = {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      authorization: `Bearer ${token}`,
    };
    const init = {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    };
    const response = await fetch(new URL(path, url), init).catch((error: unknown) => {
      throw whyNoAnswer(error, folder, signal);
    });
    if (response.ok) return response;
    throw await refusalOf(response);
  };
  const askFully: DaemonClient['askFully'] = async (...question) => {
    const response = await send(...question);
    return { status: response.status, answer: response.status === 204 ? {} : await response.json() };
  };
  const ask: Ask = async (...question) => (await askFully(...question)).answer;
  const read: DaemonClient['read'] = async (path) =>
    new Uint8Array(await (await send('GET', path)).arrayBuffer());
  const listen: DaemonClient['listen'] = async function* (path) {
    const { body } = await send('GET', path);
    try {
      yield* readEvents(body!);
    } catch (error) {
      throw whyNoAnswer(error, folder, signal);
    }
  };
  return { ask, askFully, url, token, read, listen };
}

/** RFC 6585 section 5: Node.js takes no longer addresses, and answers before any handler. */
const HEADERS_TOO_LARGE = 431;

async function refusalOf(response: Response): Promise<ShoalError> {
  if (response.status === HEADERS_TOO_LARGE)
    return new ShoalError('bad-argument', 'this is too long to be asked about');
  const { code, message } = (await response.json()) as { code: ErrorCode; message: string };
  return new ShoalError(code, message);
}

function whyNoAnswer(error: unknown, folder: string, signal: AbortSignal | undefined): ShoalError {
  if (signal?.aborted === true)
    return new ShoalError('aborted', 'the daemon did not answer; it may still carry out the request', error);
  const { code } = ((error as Error).cause ?? {}) as { code?: string };
  if (code === 'ECONNREFUSED' || code === 'ENOENT') return isDown(folder, error);
  return new ShoalError(
    'io-error',
    `the daemon did not answer (${code ?? (error as Error).message}): it may still carry out the request, see: ${commandLine('list')}`,
    error,
  );
}

export const describeInterruption = (): string =>
  `interrupted; the daemon may still carry out the request, see: ${commandLine('list')}`;
