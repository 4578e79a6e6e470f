/** What the swarm machine says to a web seed: requests and cancels matter, the rest has no meaning to a web server. */
import { MessageDecoder } from '../wire/decoder.ts';
import { HANDSHAKE_LENGTH } from '../wire/handshake.ts';
import {
  dispatchMessage,
  type MessageVisitor,
  PIECE_HEADER_LENGTH,
  writePieceHeader,
} from '../wire/messages.ts';

export interface Block {
  readonly piece: number;
  readonly begin: number;
  readonly length: number;
}

export interface WebTalkEvents {
  onRequest(block: Block): void;
  onCancel(piece: number, begin: number): void;
}

/** Reads the machine's bytes, which begin with its handshake. */
export class WebTalk {
  readonly #decoder = new MessageDecoder();
  readonly #visitor: MessageVisitor;
  #greetingLeft = HANDSHAKE_LENGTH;

  constructor(events: WebTalkEvents) {
    this.#visitor = createVisitor(events);
  }

  push(bytes: Uint8Array): void {
    const skipped = Math.min(this.#greetingLeft, bytes.length);
    this.#greetingLeft -= skipped;
    this.#decoder.push(bytes.subarray(skipped), {
      onFrame: (id, payload) => {
        dispatchMessage(id, payload, this.#visitor);
        return true;
      },
      onKeepAlive: () => {},
    });
  }
}

/** The answer to a request. */
export function pieceMessage({ piece, begin, length }: Block, data: Uint8Array): Uint8Array {
  const message = new Uint8Array(PIECE_HEADER_LENGTH + length);
  writePieceHeader(message, 0, piece, begin, length);
  message.set(data, PIECE_HEADER_LENGTH);
  return message;
}

function createVisitor({ onRequest, onCancel }: WebTalkEvents): MessageVisitor {
  const ignore = (): void => {};
  return {
    onRequest: (piece, begin, length) => onRequest({ piece, begin, length }),
    onCancel,
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
