/**
 * Links to shares that change (BEP 46): `magnet:?xs=urn:btpk:KEY&s=SALT` names the public key and the salt under which
 * the newest version is signed.
 */
import { fromHex, fromUtf8, toHex } from '../ground/bytes.js';
import { fail, succeed } from '../ground/result.js';
const MAX_SALT = 64;
export function isUpdateLink(text) {
    return /^magnet:\?/i.test(text.trim()) && /xs=urn:btpk:/i.test(text);
}
export function parseUpdateLink(text) {
    const trimmed = text.trim();
    if (!/^magnet:\?/i.test(trimmed))
        return fail('update-link', 'not a magnet link');
    const parameters = new Map();
    for (const pair of trimmed
        .slice(trimmed.indexOf('?') + 1)
        .split('&')
        .slice(0, 100)) {
        const at = pair.indexOf('=');
        if (at > 0)
            parameters.set(pair.slice(0, at).toLowerCase(), pair.slice(at + 1));
    }
    const key = /^urn:btpk:([0-9a-fA-F]{64})$/i.exec(parameters.get('xs') ?? '')?.[1];
    if (key === undefined)
        return fail('update-link-key', 'no public key of 64 hex digits (xs=urn:btpk:, BEP 46)');
    const saltText = parameters.get('s');
    const salt = saltText === undefined ? undefined : fromHex(saltText);
    if (saltText !== undefined && (salt === undefined || salt.length > MAX_SALT)) {
        return fail('update-link-salt', 'the salt (s=) is not hex of up to 64 bytes (BEP 46)');
    }
    const name = parameters.get('dn');
    return succeed({
        publicKey: fromHex(key),
        ...(salt === undefined || salt.length === 0 ? {} : { salt }),
        ...(name === undefined ? {} : { name: unescapeName(name) }),
    });
}
export function formatUpdateLink(link) {
    const parts = [`xs=urn:btpk:${toHex(link.publicKey)}`];
    if (link.salt !== undefined)
        parts.push(`s=${toHex(link.salt)}`);
    if (link.name !== undefined)
        parts.push(`dn=${escapeName(link.name)}`);
    return `magnet:?${parts.join('&')}`;
}
function escapeName(name) {
    let out = '';
    for (const byte of new TextEncoder().encode(name)) {
        const character = String.fromCharCode(byte);
        out += /[A-Za-z0-9._~-]/.test(character)
            ? character
            : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    }
    return out;
}
/** What cannot be read stays as it is: it is a name for people only. */
function unescapeName(text) {
    const bytes = [];
    for (let i = 0; i < text.length; i++) {
        const digits = /^%([0-9a-fA-F]{2})/.exec(text.slice(i, i + 3))?.[1];
        if (digits !== undefined)
            i += 2;
        bytes.push(digits === undefined ? text.charCodeAt(i) & 0xff : Number.parseInt(digits, 16));
    }
    return fromUtf8(Uint8Array.from(bytes)) ?? text;
}
