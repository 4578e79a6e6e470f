/**
 * Local service discovery (BEP 14): one UDP packet that looks like an HTTP request and names the info hashes that its
 * sender shares, with the port on which it listens.
 */
import { fromHex, toHex, toUtf8 } from '../../../ground/bytes.ts';
import { fail, type Result, succeed } from '../../../ground/result.ts';

/** BEP 14: the groups, and the port of both. */
export const GROUPS: Readonly<Record<4 | 6, string>> = { 4: '239.192.152.143', 6: 'ff15::efc0:988f' };
export const LSD_PORT = 6771;
/** BEP 14: packets stay below 1,400 bytes. */
const MAX_PACKET = 1400;
/** Fits 1,400 bytes with all headers. */
export const MAX_HASHES = 20;
const MAX_COOKIE = 64;

export interface LsdMessage {
  readonly infoHashes: readonly Uint8Array[];
  readonly port: number;
  /** Tells a sender its own packets. */
  readonly cookie: string | undefined;
}

export function encodeLsd(message: LsdMessage, family: 4 | 6): Uint8Array<ArrayBuffer> {
  const host = family === 4 ? GROUPS[4] : `[${GROUPS[6]}]`;
  const lines = ['BT-SEARCH * HTTP/1.1', `Host: ${host}:${LSD_PORT}`, `Port: ${message.port}`];
  for (const hash of message.infoHashes) lines.push(`Infohash: ${toHex(hash)}`);
  if (message.cookie !== undefined) lines.push(`cookie: ${message.cookie}`);
  return toUtf8(`${lines.join('\r\n')}\r\n\r\n\r\n`);
}

export function decodeLsd(packet: Uint8Array): Result<LsdMessage> {
  if (packet.length > MAX_PACKET) return fail('lsd-length', `over ${MAX_PACKET} bytes (BEP 14)`);
  const lines = ascii(packet).split('\r\n');
  if (!/^BT-SEARCH \* HTTP\/1\.\d$/.test(lines[0]!)) return fail('lsd-method', 'not a BT-SEARCH (BEP 14)');
  const infoHashes: Uint8Array[] = [];
  let port: number | undefined;
  let cookie: string | undefined;
  for (const line of lines.slice(1)) {
    const at = line.indexOf(':');
    if (at < 0) continue;
    const name = line.slice(0, at).toLowerCase();
    const value = line.slice(at + 1).trim();
    if (name === 'infohash') {
      const hash = value.length === 40 ? fromHex(value) : undefined;
      if (hash !== undefined && infoHashes.length < MAX_HASHES) infoHashes.push(hash);
    } else if (name === 'port' && /^\d{1,5}$/.test(value)) port = Number(value);
    else if (name === 'cookie') cookie = value.slice(0, MAX_COOKIE);
  }
  if (port === undefined || port < 1 || port > 65_535) return fail('lsd-port', 'no port (BEP 14)');
  if (infoHashes.length === 0) return fail('lsd-hash', 'no info hash (BEP 14)');
  return succeed({ infoHashes, port, cookie });
}

function ascii(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}
