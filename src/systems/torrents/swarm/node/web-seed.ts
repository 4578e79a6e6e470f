/**
 * Web seeds (BEP 19): a web server that holds the files of a share. To the swarm machine it is a peer that has
 * everything: this link speaks the peer wire protocol towards the machine and HTTP range requests towards the server,
 * so picker, pipeline, limits, proofs and blame work as for any peer. A server without ranges is for `web-stream.ts`.
 *
 * Bounds: requests outstanding are those of the machine's pipeline; at most `MAX_FETCHES` run at once, each for a stretch
 * of consecutive blocks of one piece.
 */
import type { Geometry } from '../../../../data/content/geometry.ts';
import type { Clock, LinkReceiver } from '../../../../ground/ports.ts';
import { MessageId, Outbox } from '../wire/messages.ts';
import { MAX_FETCHES, type WebFiles } from './web-files.ts';
import { type Block, pieceMessage, WebTalk } from './web-talk.ts';

const MAX_STRETCH_BYTES = 1024 * 1024;

export interface WebSeedOptions {
  readonly clock: Clock;
  readonly files: WebFiles;
  readonly geometry: Geometry;
  readonly receiver: LinkReceiver;
}

export class WebSeedLink {
  readonly #options: WebSeedOptions;
  readonly #talk: WebTalk;
  readonly #queue: Block[] = [];
  #fetches = 0;
  #isClosed = false;

  constructor(options: WebSeedOptions) {
    this.#options = options;
    this.#talk = new WebTalk({
      onRequest: (block) => void this.#queue.push(block),
      onCancel: (piece, begin) => {
        const at = this.#queue.findIndex((block) => block.piece === piece && block.begin === begin);
        if (at >= 0) this.#queue.splice(at, 1);
      },
    });
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
    this.#talk.push(bytes);
    if (taken !== undefined) queueMicrotask(() => taken(true));
    // Not within the machine's call: answers may come at once.
    this.#options.clock.after(0, () => this.#pump());
  }

  close(): void {
    this.#isClosed = true;
    this.#options.files.close();
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
    const { geometry, files, receiver } = this.#options;
    const { piece, begin } = stretch[0]!;
    const length = stretch.reduce((sum, block) => sum + block.length, 0);
    const data = new Uint8Array(length);
    let at = 0;
    for (const slice of geometry.slices(piece, begin, length)) {
      if (!geometry.files[slice.file]!.isPad) {
        data.set(await files.readRange(slice.file, slice.fileOffset, slice.length), at);
      }
      at += slice.length;
    }
    for (const block of stretch) {
      if (this.#isClosed) return;
      const start = block.begin - begin;
      receiver.onData(pieceMessage(block, data.subarray(start, start + block.length)));
    }
  }

  #fail(error: Error): void {
    if (this.#isClosed) return;
    this.close();
    this.#options.receiver.onClosed(error);
  }
}
