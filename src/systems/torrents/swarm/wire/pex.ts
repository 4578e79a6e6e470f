/** Peer exchange, `ut_pex` (BEP 11): which peers were connected to and left since the last message. */
import { type Address, decodeCompact, encodeCompact } from '../../../../ground/address.ts';
import { decodeDictionary, encodeBencode, field } from '../../../../ground/bencode.ts';
import { type Bytes, concatBytes } from '../../../../ground/bytes.ts';
import { type Result, succeed } from '../../../../ground/result.ts';

/** BEP 11, flags of an added peer. */
export const PEX_ENCRYPTION = 0x01;
export const PEX_SEED = 0x02;
export const PEX_OUTGOING = 0x10;
/** BEP 11: at most 50 added and 50 dropped in a message; a first one may be larger, which some clients use. */
export const MAX_PEX_ENTRIES = 50;
const MAX_READ_ENTRIES = 200;

export interface PexPeer {
  readonly address: Address;
  readonly flags: number;
}

export interface PexMessage {
  readonly added: readonly PexPeer[];
  readonly dropped: readonly Address[];
}

export function encodePex(message: PexMessage): Uint8Array<ArrayBuffer> {
  const added = { 4: [] as Uint8Array[], 6: [] as Uint8Array[] };
  const flags = { 4: [] as number[], 6: [] as number[] };
  const dropped = { 4: [] as Uint8Array[], 6: [] as Uint8Array[] };
  for (const { address, flags: bits } of message.added) {
    const compact = encodeCompact(address);
    if (compact === undefined) continue;
    const family = compact.length === 6 ? 4 : 6;
    added[family].push(compact);
    flags[family].push(bits);
  }
  for (const address of message.dropped) {
    const compact = encodeCompact(address);
    if (compact !== undefined) dropped[compact.length === 6 ? 4 : 6].push(compact);
  }
  return encodeBencode({
    added: concatBytes(added[4]),
    'added.f': Uint8Array.from(flags[4]),
    added6: concatBytes(added[6]),
    'added6.f': Uint8Array.from(flags[6]),
    dropped: concatBytes(dropped[4]),
    dropped6: concatBytes(dropped[6]),
  });
}

export function decodePex(payload: Bytes): Result<PexMessage> {
  const decoded = decodeDictionary(payload, { maxDepth: 4, maxValues: 64, form: 'lenient' });
  if (!decoded.ok) return decoded;
  const added: PexPeer[] = [];
  const dropped: Address[] = [];
  for (const [family, name] of [
    [4, ''],
    [6, '6'],
  ] as const) {
    const flags = field.bytes(decoded.value, `added${name}.f`);
    const size = family === 4 ? 6 : 18;
    const take = (key: string): Bytes =>
      field.bytes(decoded.value, `${key}${name}`)?.subarray(0, MAX_READ_ENTRIES * size) ?? new Uint8Array(0);
    // One by one: an entry with port 0 is left out and must not shift the flags.
    const bytes = take('added');
    for (let i = 0; (i + 1) * size <= bytes.length; i++) {
      for (const address of decodeCompact(bytes.subarray(i * size, (i + 1) * size), family))
        added.push({ address, flags: flags?.[i] ?? 0 });
    }
    dropped.push(...decodeCompact(take('dropped'), family));
  }
  return succeed({ added, dropped });
}
