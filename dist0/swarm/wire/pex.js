/** Peer exchange, `ut_pex` (BEP 11): which peers were connected to and left since the last message. */
import { decodeCompact, encodeCompact } from '../../ground/address.js';
import { decodeDictionary, encodeBencode, field } from '../../ground/bencode.js';
import { concatBytes } from '../../ground/bytes.js';
import { succeed } from '../../ground/result.js';
/** BEP 11, flags of an added peer. */
export const PEX_SEED = 0x02;
export const PEX_OUTGOING = 0x10;
/** BEP 11: at most 50 added and 50 dropped in a message; a first one may be larger, which some clients use. */
export const MAX_PEX_ENTRIES = 50;
const MAX_READ_ENTRIES = 200;
export function encodePex(message) {
    const added = { 4: [], 6: [] };
    const flags = { 4: [], 6: [] };
    const dropped = { 4: [], 6: [] };
    for (const { address, flags: bits } of message.added) {
        const compact = encodeCompact(address);
        if (compact === undefined)
            continue;
        const family = compact.length === 6 ? 4 : 6;
        added[family].push(compact);
        flags[family].push(bits);
    }
    for (const address of message.dropped) {
        const compact = encodeCompact(address);
        if (compact !== undefined)
            dropped[compact.length === 6 ? 4 : 6].push(compact);
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
export function decodePex(payload) {
    const decoded = decodeDictionary(payload, { maxDepth: 4, maxValues: 64, sortedKeys: false });
    if (!decoded.ok)
        return decoded;
    const added = [];
    const dropped = [];
    for (const [family, name] of [
        [4, ''],
        [6, '6'],
    ]) {
        const flags = field.bytes(decoded.value, `added${name}.f`);
        const size = family === 4 ? 6 : 18;
        const take = (key) => field.bytes(decoded.value, `${key}${name}`)?.subarray(0, MAX_READ_ENTRIES * size) ?? new Uint8Array(0);
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
