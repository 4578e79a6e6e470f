/**
 * KRPC: encoding. One buffer is written again and again; what `query`, `response` and `error` return is a view of it,
 * valid until the next call. Keys are written in the order that bencode asks for.
 */
import { type Bytes, readUint32, writeUint32 } from '../../../ground/bytes.ts';
import { WANT_V4, WANT_V6 } from './krpc.ts';

/** "SH" and the version, in the field `v` that BEP 5 gives to clients. */
const VERSION: Uint8Array = Uint8Array.of(0x53, 0x48, 1, 0);
const TRANSACTION_LENGTH = 4;

export type QueryMethod =
  | 'announce_peer'
  | 'find_node'
  | 'get'
  | 'get_peers'
  | 'ping'
  | 'put'
  | 'sample_infohashes';

export interface QueryArguments {
  readonly target?: Bytes | undefined;
  readonly infoHash?: Bytes | undefined;
  readonly token?: Bytes | undefined;
  readonly port?: number | undefined;
  readonly isSeed?: boolean | undefined;
  readonly wantsNoSeeds?: boolean | undefined;
  readonly wantsScrape?: boolean | undefined;
  readonly wants?: number | undefined;
  /** Bencoded. */
  readonly value?: Bytes | undefined;
  readonly key?: Bytes | undefined;
  readonly signature?: Bytes | undefined;
  readonly salt?: Bytes | undefined;
  readonly sequence?: number | undefined;
  readonly cas?: number | undefined;
  /** The packet is filled up to this length: what is answered to a stranger is bounded by what he sent. */
  readonly padTo?: number | undefined;
}

export interface ResponseValues {
  readonly id: Bytes;
  readonly nodes?: Bytes | undefined;
  readonly nodes6?: Bytes | undefined;
  readonly token?: Bytes | undefined;
  /** Bencoded strings, one after the other. */
  readonly values?: Bytes | undefined;
  readonly value?: Bytes | undefined;
  readonly key?: Bytes | undefined;
  readonly signature?: Bytes | undefined;
  readonly sequence?: number | undefined;
  readonly samples?: Bytes | undefined;
  readonly intervalSeconds?: number | undefined;
  readonly count?: number | undefined;
  readonly bloomPeers?: Bytes | undefined;
  readonly bloomSeeds?: Bytes | undefined;
}

export function readTransaction(bytes: Bytes): number | undefined {
  return bytes.length === TRANSACTION_LENGTH ? readUint32(bytes, 0) : undefined;
}

export class KrpcWriter {
  readonly #buffer: Uint8Array = new Uint8Array(2560);
  #at = 0;

  query(
    method: QueryMethod,
    transaction: number,
    ownId: Bytes,
    isReadOnly: boolean,
    args: QueryArguments,
  ): Uint8Array {
    this.#at = 0;
    this.#text('d1:ad');
    this.#number('3:cas', args.cas);
    this.#string('2:id', ownId);
    this.#string('9:info_hash', args.infoHash);
    this.#string('1:k', args.key);
    this.#flag('6:noseed', args.wantsNoSeeds);
    this.#number('4:port', args.port);
    this.#string('4:salt', args.salt);
    this.#flag('6:scrape', args.wantsScrape);
    this.#flag('4:seed', args.isSeed);
    this.#number('3:seq', args.sequence);
    this.#string('3:sig', args.signature);
    this.#string('6:target', args.target);
    this.#string('5:token', args.token);
    this.#raw('1:v', args.value);
    if (args.wants === (WANT_V4 | WANT_V6)) this.#text('4:wantl2:n42:n6e');
    this.#text('e1:q');
    this.#text(`${method.length}:`);
    this.#text(method);
    this.#flag('2:ro', isReadOnly);
    this.#text('1:t4:');
    writeUint32(this.#buffer, this.#at, transaction);
    this.#at += TRANSACTION_LENGTH;
    this.#string('1:v', VERSION);
    this.#text('1:y1:q');
    if (args.padTo !== undefined) this.#pad(args.padTo);
    this.#text('e');
    return this.#buffer.subarray(0, this.#at);
  }

  /** @param requester compact address of the asker, echoed as BEP 42 asks for */
  response(transaction: Bytes, requester: Bytes, values: ResponseValues): Uint8Array {
    this.#at = 0;
    this.#text('d');
    this.#string('2:ip', requester);
    this.#text('1:rd');
    this.#string('4:BFpe', values.bloomPeers);
    this.#string('4:BFsd', values.bloomSeeds);
    this.#string('2:id', values.id);
    this.#number('8:interval', values.intervalSeconds);
    this.#string('1:k', values.key);
    this.#string('5:nodes', values.nodes);
    this.#string('6:nodes6', values.nodes6);
    this.#number('3:num', values.count);
    this.#string('7:samples', values.samples);
    this.#number('3:seq', values.sequence);
    this.#string('3:sig', values.signature);
    this.#string('5:token', values.token);
    this.#raw('1:v', values.value);
    if (values.values !== undefined) {
      this.#text('6:valuesl');
      this.#bytes(values.values);
      this.#text('e');
    }
    this.#text('e');
    this.#finish(transaction, '1:y1:re');
    return this.#buffer.subarray(0, this.#at);
  }

  error(transaction: Bytes, requester: Bytes, code: number, message: string): Uint8Array {
    this.#at = 0;
    this.#text(`d1:eli${code}e${message.length}:${message}e`);
    this.#string('2:ip', requester);
    this.#finish(transaction, '1:y1:ee');
    return this.#buffer.subarray(0, this.#at);
  }

  #finish(transaction: Bytes, end: string): void {
    this.#string('1:t', transaction);
    this.#string('1:v', VERSION);
    this.#text(end);
  }

  /** A key after `y` that no node reads. */
  #pad(length: number): void {
    const missing = length - this.#at - 1 - '1:z123:'.length;
    if (missing <= 0) return;
    this.#text(`1:z${missing}:`);
    this.#buffer.fill(0, this.#at, this.#at + missing);
    this.#at += missing;
  }

  #text(text: string): void {
    for (let i = 0; i < text.length; i++) this.#buffer[this.#at++] = text.charCodeAt(i);
  }

  #bytes(bytes: Bytes): void {
    this.#buffer.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  #string(key: string, bytes: Bytes | undefined): void {
    if (bytes === undefined) return;
    this.#text(key);
    this.#digits(bytes.length);
    this.#buffer[this.#at++] = 0x3a;
    this.#bytes(bytes);
  }

  /** Lengths are short: no string is built for them. */
  #digits(value: number): void {
    if (value >= 1000) this.#buffer[this.#at++] = 0x30 + (Math.floor(value / 1000) % 10);
    if (value >= 100) this.#buffer[this.#at++] = 0x30 + (Math.floor(value / 100) % 10);
    if (value >= 10) this.#buffer[this.#at++] = 0x30 + (Math.floor(value / 10) % 10);
    this.#buffer[this.#at++] = 0x30 + (value % 10);
  }

  #raw(key: string, bytes: Bytes | undefined): void {
    if (bytes === undefined) return;
    this.#text(key);
    this.#bytes(bytes);
  }

  #number(key: string, value: number | undefined): void {
    if (value !== undefined) this.#text(`${key}i${value}e`);
  }

  #flag(key: string, isSet: boolean | undefined): void {
    if (isSet === true) this.#text(`${key}i1e`);
  }
}
