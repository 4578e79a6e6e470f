/**
 * The extension protocol (BEP 10) and what travels on it: metadata exchange (BEP 9), peer exchange (BEP 11, see pex.ts),
 * upload only (BEP 21), lt_donthave (BEP 54).
 */
import {
  type BencodeDictionary,
  decodeBencode,
  decodeDictionary,
  encodeBencode,
  field,
} from '../../../../ground/bencode.ts';
import { type Bytes, readUint32, writeUint32 } from '../../../../ground/bytes.ts';
import { fail, type Result, succeed } from '../../../../ground/result.ts';

/** Id 0 is the handshake itself; the others are ours to number and say what peers send *us* under. */
export const EXTENDED_HANDSHAKE = 0;
export const OUR_METADATA_ID = 1;
export const OUR_DONT_HAVE_ID = 2;
export const OUR_UPLOAD_ONLY_ID = 3;
export const OUR_PEX_ID = 4;

/** Values in a handshake dictionary: a sender of more is up to no good. */
const LIMITS = { maxDepth: 8, maxValues: 2000, form: 'lenient' } as const;
const MAX_CLIENT_NAME = 64;

export interface ExtendedHandshake {
  /** Under which ids the sender wants messages; undefined for what it does not take. */
  readonly metadataId?: number;
  readonly dontHaveId?: number;
  readonly uploadOnlyId?: number;
  readonly pexId?: number;
  readonly metadataSize?: number;
  /** Requests that the sender lets us have outstanding (`reqq`). */
  readonly requestQueue?: number;
  readonly listenPort?: number;
  readonly client?: string;
  /** Our address as the sender sees it: 4 or 16 bytes. */
  readonly yourIp?: Uint8Array;
  readonly isUploadOnly?: boolean;
}

export function encodeExtendedHandshake(handshake: {
  readonly metadataSize?: number | undefined;
  readonly requestQueue: number;
  readonly listenPort?: number | undefined;
  readonly client: string;
  readonly yourIp?: Uint8Array | undefined;
  readonly isUploadOnly: boolean;
  /** False for a private share: no peer is to tell us of others. */
  readonly takesPex?: boolean;
}): Uint8Array<ArrayBuffer> {
  return encodeBencode({
    m: {
      ut_metadata: OUR_METADATA_ID,
      lt_donthave: OUR_DONT_HAVE_ID,
      upload_only: OUR_UPLOAD_ONLY_ID,
      ut_pex: handshake.takesPex === true ? OUR_PEX_ID : undefined,
    },
    metadata_size: handshake.metadataSize,
    p: handshake.listenPort,
    reqq: handshake.requestQueue,
    upload_only: handshake.isUploadOnly ? 1 : undefined,
    v: handshake.client,
    yourip: handshake.yourIp,
  });
}

export function decodeExtendedHandshake(payload: Bytes): Result<ExtendedHandshake> {
  const decoded = decodeDictionary(payload, { ...LIMITS, allowTrailing: true });
  if (!decoded.ok) return decoded;
  const handshake = decoded.value;
  const ids = field.dictionary(handshake, 'm') ?? new Map();
  const yourIp = field.bytes(handshake, 'yourip');
  const port = field.count(handshake, 'p');
  return succeed({
    ...optional('metadataId', readId(ids, 'ut_metadata')),
    ...optional('dontHaveId', readId(ids, 'lt_donthave')),
    ...optional('uploadOnlyId', readId(ids, 'upload_only')),
    ...optional('pexId', readId(ids, 'ut_pex')),
    ...optional('metadataSize', field.count(handshake, 'metadata_size')),
    ...optional('requestQueue', field.count(handshake, 'reqq')),
    ...optional('listenPort', port !== undefined && port > 0 && port < 65_536 ? port : undefined),
    ...optional('client', field.text(handshake, 'v')?.slice(0, MAX_CLIENT_NAME)),
    ...optional('yourIp', yourIp?.length === 4 || yourIp?.length === 16 ? yourIp.slice() : undefined),
    ...optional(
      'isUploadOnly',
      handshake.has('upload_only') ? handshake.get('upload_only') !== 0 : undefined,
    ),
  });
}

function optional<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: V });
}

/** An id of 0 withdraws the extension (BEP 10). */
function readId(ids: BencodeDictionary, name: string): number | undefined {
  const id = field.count(ids, name);
  return id !== undefined && id > 0 && id < 256 ? id : undefined;
}

/** BEP 9: metadata travels in blocks of 16 KiB. */
export const METADATA_BLOCK_LENGTH = 16_384;
const [REQUEST, DATA, REJECT] = [0, 1, 2];

export type MetadataMessage =
  | { readonly type: 'request'; readonly block: number }
  | { readonly type: 'reject'; readonly block: number }
  | { readonly type: 'data'; readonly block: number; readonly totalSize: number; readonly data: Bytes };

export function encodeMetadataMessage(message: MetadataMessage): Uint8Array<ArrayBuffer> {
  if (message.type !== 'data') {
    return encodeBencode({ msg_type: message.type === 'request' ? REQUEST : REJECT, piece: message.block });
  }
  const head = encodeBencode({ msg_type: DATA, piece: message.block, total_size: message.totalSize });
  const out = new Uint8Array(head.length + message.data.length);
  out.set(head);
  out.set(message.data, head.length);
  return out;
}

export function decodeMetadataMessage(payload: Bytes): Result<MetadataMessage> {
  const decoded = decodeBencode(payload, { ...LIMITS, allowTrailing: true });
  if (!decoded.ok) return decoded;
  const dictionary = decoded.value.value;
  if (!(dictionary instanceof Map)) return fail('metadata-message', 'not a dictionary (BEP 9)');
  const block = field.count(dictionary, 'piece');
  const type = field.count(dictionary, 'msg_type');
  if (block === undefined || type === undefined)
    return fail('metadata-message', 'a field is missing (BEP 9)');
  if (type === REQUEST) return succeed({ type: 'request', block });
  if (type === REJECT) return succeed({ type: 'reject', block });
  const totalSize = field.count(dictionary, 'total_size');
  if (type !== DATA || totalSize === undefined)
    return fail('metadata-message', 'neither request, data nor reject');
  return succeed({ type: 'data', block, totalSize, data: payload.subarray(decoded.value.consumed) });
}

export function encodeDontHave(piece: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(4);
  writeUint32(out, 0, piece);
  return out;
}

export function decodeDontHave(payload: Bytes): number | undefined {
  return payload.length === 4 ? readUint32(payload, 0) : undefined;
}
