/**
 * Local service discovery (BEP 14): one UDP packet that looks like an HTTP request and names the info hashes that its
 * sender shares, with the port on which it listens.
 */
import { fromHex, toHex, toUtf8 } from '../../ground/bytes.js';
import { fail, succeed } from '../../ground/result.js';
/** BEP 14: the groups, and the port of both. */
export const GROUPS = { 4: '239.192.152.143', 6: 'ff15::efc0:988f' };
export const LSD_PORT = 6771;
/** BEP 14: packets stay below 1,400 bytes. */
const MAX_PACKET = 1400;
/** Fits 1,400 bytes with all headers. */
export const MAX_HASHES = 20;
const MAX_COOKIE = 64;
export function encodeLsd(message, family) {
    const host = family === 4 ? GROUPS[4] : `[${GROUPS[6]}]`;
    const lines = ['BT-SEARCH * HTTP/1.1', `Host: ${host}:${LSD_PORT}`, `Port: ${message.port}`];
    for (const hash of message.infoHashes)
        lines.push(`Infohash: ${toHex(hash)}`);
    if (message.cookie !== undefined)
        lines.push(`cookie: ${message.cookie}`);
    return toUtf8(`${lines.join('\r\n')}\r\n\r\n\r\n`);
}
export function decodeLsd(packet) {
    if (packet.length > MAX_PACKET)
        return fail('lsd-length', `over ${MAX_PACKET} bytes (BEP 14)`);
    const lines = ascii(packet).split('\r\n');
    if (!/^BT-SEARCH \* HTTP\/1\.\d$/.test(lines[0]))
        return fail('lsd-method', 'not a BT-SEARCH (BEP 14)');
    const infoHashes = [];
    let port;
    let cookie;
    for (const line of lines.slice(1)) {
        const at = line.indexOf(':');
        if (at < 0)
            continue;
        const name = line.slice(0, at).toLowerCase();
        const value = line.slice(at + 1).trim();
        if (name === 'infohash') {
            const hash = value.length === 40 ? fromHex(value) : undefined;
            if (hash !== undefined && infoHashes.length < MAX_HASHES)
                infoHashes.push(hash);
        }
        else if (name === 'port' && /^\d{1,5}$/.test(value))
            port = Number(value);
        else if (name === 'cookie')
            cookie = value.slice(0, MAX_COOKIE);
    }
    if (port === undefined || port < 1 || port > 65_535)
        return fail('lsd-port', 'no port (BEP 14)');
    if (infoHashes.length === 0)
        return fail('lsd-hash', 'no info hash (BEP 14)');
    return succeed({ infoHashes, port, cookie });
}
function ascii(bytes) {
    let text = '';
    for (const byte of bytes)
        text += String.fromCharCode(byte);
    return text;
}
