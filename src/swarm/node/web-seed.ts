/**
 * Web seeds (BEP 19): a web server that holds the files of a share. To the swarm machine it is a peer that has
 * everything: this link speaks the peer wire protocol towards the machine and HTTP range requests towards the server,
 * so picker, pipeline, limits, proofs and blame work as for any peer.
 *
 * Bounds: requests outstanding are those of the machine's pipeline; at most `MAX_FETCHES` run at once, each for a stretch
 * of consecutive blocks of one piece.
 */
import type { Agent, IncomingMessage } from 'node:http';
import { ShoalError } from '../../ground/errors.ts';
import { http, https } from '../../ground/node/http.ts';
import type { Geometry } from '../../content/geometry.ts';
import type { LinkReceiver } from '../../link/node/tcp.ts';
import { MessageDecoder } from '../wire/decoder.ts';
import { HANDSHAKE_LENGTH } from '../wire/handshake.ts';
import {
  dispatchMessage,
  MessageId,
  type MessageVisitor,
  Outbox,
  PIECE_HEADER_LENGTH,
  writePieceHeader,
} from '../wire/messages.ts';

const MAX_FETCHES = 4;
const MAX_STRETCH_BYTES = 1024 * 1024;
const TIMEOUT_MS = 30_000;

export interface WebSeedOptions {
  readonly url: string;
  readonly geometry: Geometry;
  readonly userAgent: string;
  readonly receiver: LinkReceiver;
}

interface Block {
  readonly piece: number;
  readonly begin: number;
  readonly length: number;
}

/** The address of one file of a share (BEP 19): a folder's address ends with the share's name and the file's path. */
export function fileUrl(base: string, geometry: Geometry, file: number): string {
  const { info } = geometry;
  const encode = (elements: readonly string[]): string => elements.map(encodeURIComponent).join('/');
  if (info.isSingleFile) return base.endsWith('/') ? base + encodeURIComponent(info.name) : base;
  return `${base}${base.endsWith('/') ? '' : '/'}${encode([info.name, ...info.files[file]!.path])}`;
}

export class WebSeedLink {
  readonly #options: WebSeedOptions;
  readonly #decoder = new MessageDecoder();
  readonly #visitor: MessageVisitor;
  readonly #queue: Block[] = [];
  readonly #abort = new AbortController();
  readonly #agent: Agent;
  #greetingLeft = HANDSHAKE_LENGTH;
  #fetches = 0;
  #isClosed = false;

  constructor(options: WebSeedOptions) {
    this.#options = options;
    const { Agent: WebAgent } = options.url.startsWith('https:') ? https() : http();
    this.#agent = new WebAgent({ keepAlive: true, maxSockets: MAX_FETCHES });
    this.#visitor = this.#createVisitor();
  }

  /** The machine's messages are taken at once. */
  readonly unsent = 0;

  /** What was asked for comes, and no more: there is nothing to hold back. */
  pause(): void {}

  resume(): void {}

  /** What a seed says first: it has all, and chokes nobody. */
  start(): void {
    const outbox = new Outbox();
    outbox.bare(MessageId.haveAll);
    outbox.bare(MessageId.unchoke);
    this.#options.receiver.onData(outbox.take());
  }

  /** Bytes from the swarm machine. */
  write(bytes: Uint8Array, taken?: (isSent: boolean) => void): void {
    const skipped = Math.min(this.#greetingLeft, bytes.length);
    this.#greetingLeft -= skipped;
    this.#decoder.push(bytes.subarray(skipped), {
      onFrame: (id, payload) => {
        dispatchMessage(id, payload, this.#visitor);
        return true;
      },
      onKeepAlive: () => {},
    });
    if (taken !== undefined) queueMicrotask(() => taken(true));
    // Not within the machine's call: answers may come at once.
    setImmediate(() => this.#pump());
  }

  close(): void {
    this.#isClosed = true;
    this.#abort.abort();
    this.#agent.destroy();
  }

  /** Requests and cancels matter; the rest of the conversation has no meaning to a web server. */
  #createVisitor(): MessageVisitor {
    const ignore = (): void => {};
    return {
      onRequest: (piece, begin, length) => void this.#queue.push({ piece, begin, length }),
      onCancel: (piece, begin) => {
        const at = this.#queue.findIndex((block) => block.piece === piece && block.begin === begin);
        if (at >= 0) this.#queue.splice(at, 1);
      },
      onChoke: ignore,
      onUnchoke: ignore,
      onInterested: ignore,
      onNotInterested: ignore,
      onHave: ignore,
      onBitfield: ignore,
      onPiece: ignore,
      onPort: ignore,
      onSuggest: ignore,
      onHaveAll: ignore,
      onHaveNone: ignore,
      onReject: ignore,
      onAllowedFast: ignore,
      onExtended: ignore,
      onHashRequest: ignore,
      onHashes: ignore,
      onHashReject: ignore,
    };
  }

  #pump(): void {
    while (!this.#isClosed && this.#fetches < MAX_FETCHES && this.#queue.length > 0) {
      const stretch = this.#takeStretch();
      this.#fetches++;
      this.#fetch(stretch).then(
        () => {
          this.#fetches--;
          this.#pump();
        },
        (error: unknown) => this.#fail(error instanceof Error ? error : new Error(String(error))),
      );
    }
  }

  /** Consecutive blocks of one piece. */
  #takeStretch(): Block[] {
    const first = this.#queue[0]!;
    let end = first.begin;
    let count = 0;
    for (const block of this.#queue) {
      if (block.piece !== first.piece || block.begin !== end || end - first.begin >= MAX_STRETCH_BYTES) break;
      end += block.length;
      count++;
    }
    return this.#queue.splice(0, count);
  }

  async #fetch(stretch: readonly Block[]): Promise<void> {
    const { geometry, receiver } = this.#options;
    const { piece, begin } = stretch[0]!;
    const length = stretch.reduce((sum, block) => sum + block.length, 0);
    const data = new Uint8Array(length);
    let at = 0;
    for (const slice of geometry.slices(piece, begin, length)) {
      if (!geometry.files[slice.file]!.isPad) {
        data.set(await this.#fetchRange(slice.file, slice.fileOffset, slice.length), at);
      }
      at += slice.length;
    }
    for (const block of stretch) {
      if (this.#isClosed) return;
      const message = new Uint8Array(PIECE_HEADER_LENGTH + block.length);
      writePieceHeader(message, 0, block.piece, block.begin, block.length);
      message.set(
        data.subarray(block.begin - begin, block.begin - begin + block.length),
        PIECE_HEADER_LENGTH,
      );
      receiver.onData(message);
    }
  }

  #fetchRange(file: number, offset: number, length: number): Promise<Uint8Array> {
    const { url, geometry, userAgent } = this.#options;
    const target = fileUrl(url, geometry, file);
    const { get } = target.startsWith('https:') ? https() : http();
    const headers = {
      range: `bytes=${offset}-${offset + length - 1}`,
      'user-agent': userAgent,
      'accept-encoding': 'identity',
    };
    const signal = AbortSignal.any([this.#abort.signal, AbortSignal.timeout(TIMEOUT_MS)]);
    return new Promise((resolve, reject) => {
      const request = get(target, { headers, signal, agent: this.#agent }, (message) => {
        const isWhole =
          message.statusCode === 200 && offset === 0 && length === geometry.files[file]!.lengthBytes;
        if (message.statusCode !== 206 && !isWhole) {
          message.resume();
          const why =
            message.statusCode === 200
              ? 'serves no ranges'
              : `answered with HTTP status ${message.statusCode}`;
          reject(new ShoalError('fetch-failed', `the web seed ${new URL(target).host} ${why}`));
        } else readExactly(message, length).then(resolve, reject);
      });
      request.once('error', reject);
    });
  }

  #fail(error: Error): void {
    if (this.#isClosed) return;
    this.close();
    this.#options.receiver.onClosed(error);
  }
}

async function readExactly(message: IncomingMessage, length: number): Promise<Uint8Array> {
  const out = new Uint8Array(length);
  let at = 0;
  for await (const part of message as AsyncIterable<Uint8Array>) {
    if (at + part.length > length) {
      message.destroy();
      throw new Error('the web seed sent more than it was asked for');
    }
    out.set(part, at);
    at += part.length;
  }
  if (at < length) throw new Error('the web seed sent less than it was asked for');
  return out;
}
