/**
 * The meaning of each error code for programs and people: HTTP status, exit status, cause, next step. The host
 * declares the codes that any part may throw; a system declares its own, in its folder. One table holds them all.
 */
import { assert } from '../ground/assert.ts';
import { type CommonErrorCode, type ErrorCode, ShoalError } from '../ground/errors.ts';

/** Exit statuses of commands: docs/cli.md. */
export const EXIT = { done: 0, failed: 1, usage: 2, nothingFound: 3, interrupted: 130 } as const;
export type ExitStatus = (typeof EXIT)[keyof typeof EXIT];

export interface ErrorDeclaration {
  /** Of an answer over HTTP; 500 when absent: the fault is the daemon's or the machine's, not the request's. */
  readonly httpStatus?: number;
  /** Of a command; 1 when absent. */
  readonly exitStatus?: ExitStatus;
  /** A part of a sentence, for docs/errors.md. */
  readonly meaning: string;
  /** The next step for a person; '' where the message names it. */
  readonly remedy: string;
}

export type ErrorDeclarations = Readonly<Partial<Record<ErrorCode, ErrorDeclaration>>>;

/** Codes that any part may throw. */
export const COMMON_ERRORS: Readonly<Record<CommonErrorCode, ErrorDeclaration>> = {
  aborted: {
    exitStatus: EXIT.interrupted,
    meaning: 'Ctrl-C, SIGTERM or an abort signal ended the work',
    remedy: 'run the same command to go on',
  },
  'bad-argument': {
    httpStatus: 400,
    exitStatus: EXIT.usage,
    meaning: 'an option, a setting or a path makes no sense',
    remedy: 'see `--help`',
  },
  'bad-link': {
    httpStatus: 400,
    exitStatus: EXIT.usage,
    meaning: 'the text is no magnet link, info hash, torrent file or address, or it holds several links',
    remedy: 'quote links: the shell cuts them at `&`',
  },
  // Not 403, see below. No law is the reason, but the choice of this machine's owner.
  denied: {
    httpStatus: 422,
    meaning: 'a rule denies the share or the address; the message names the list and its reason',
    remedy: '`shoal rules check LINK`; `shoal rules allow` makes an exception',
  },
  // Not 403: programs take that for "sign in again".
  'fetch-failed': {
    httpStatus: 422,
    meaning: 'an http or https address did not answer, or answered with something else; the message says why',
    remedy: 'try later, or look at the address in a browser',
  },
  'file-changed': {
    meaning: 'a file changed while Shoal hashed it, or since then; Shoal does not offer it',
    remedy: 'try again when nothing writes to it; Shoal offers it again when it is as it was',
  },
  'io-error': {
    meaning: 'the system failed, or a disk does not answer; the message has the words of the system',
    remedy: 'a running share goes on by itself afterwards',
  },
  'name-conflict': {
    httpStatus: 409,
    meaning: 'something else has the name',
    remedy: 'move it away, or choose another folder with `-o`',
  },
  'no-permission': { httpStatus: 403, meaning: 'the system forbids it', remedy: '' },
  'no-space': {
    httpStatus: 507,
    meaning: 'the disk is full, or was too small from the start',
    remedy:
      'make room, and shares that run and shares of the daemon go on by themselves; or choose another folder (`-o`) or fewer files (`--select`)',
  },
  'not-found': {
    httpStatus: 404,
    meaning: 'there is no such file, folder or host, or no daemon is up',
    remedy: 'start the daemon with `shoal up`',
  },
  'port-in-use': { meaning: 'another program has the port', remedy: 'choose another with `--port`' },
  'private-address': {
    httpStatus: 422,
    meaning: 'a torrent, a feed or a redirect names an address of our own network',
    remedy: 'type the address yourself, or allow it in the settings',
  },
  refused: {
    httpStatus: 403,
    meaning: 'DHT nodes refused an item: they have a newer one, or another than `--cas` names',
    remedy: 'look at it with `shoal dht get`',
  },
  'state-broken': {
    meaning: 'a state database is damaged, or `systems.json` or `settings.json` cannot be read',
    remedy:
      'correct or remove the JSON file; the daemon sets a damaged database aside, and torrents finds its shares again',
  },
  'state-in-use': {
    meaning: 'another process uses the state folder',
    remedy: 'stop it, or choose another folder with `--state`',
  },
  'state-too-new': { meaning: 'a newer Shoal wrote the state database', remedy: 'update this Shoal' },
  'tracker-failed': { meaning: 'a tracker did not answer, or its answer made no sense', remedy: '' },
  'unsafe-path': {
    httpStatus: 400,
    meaning: 'a path in a torrent is too long, or a link leads out of the folder',
    remedy: '',
  },
  unsupported: {
    httpStatus: 409,
    meaning: 'this kind of share or address does not allow it, or a system that it needs is off',
    remedy: 'the message says what to do',
  },
};

/** The codes of a program: the common ones, and those of its systems. */
export class ErrorTable {
  readonly #declarations: ErrorDeclarations;

  /** @param systems whose codes are added; each code is declared once */
  constructor(systems: readonly { readonly name: string; readonly errors?: ErrorDeclarations }[] = []) {
    const all: Partial<Record<ErrorCode, ErrorDeclaration>> = { ...COMMON_ERRORS };
    for (const { name, errors = {} } of systems)
      for (const [code, declaration] of Object.entries(errors) as [ErrorCode, ErrorDeclaration][]) {
        assert(!Object.hasOwn(all, code), `${name} declares ${code}, which is declared already`);
        all[code] = declaration;
      }
    this.#declarations = all;
  }

  /** By code, in the order of the alphabet. */
  get all(): readonly (readonly [string, ErrorDeclaration])[] {
    return Object.entries(this.#declarations).sort(([a], [b]) => (a < b ? -1 : 1));
  }

  httpStatusOf({ code }: ShoalError): number {
    return this.#declarations[code]?.httpStatus ?? 500;
  }

  /** Any other error is a bug. */
  exitStatusOf(error: unknown): ExitStatus {
    if (!(error instanceof ShoalError)) return EXIT.failed;
    return this.#declarations[error.code]?.exitStatus ?? EXIT.failed;
  }
}
