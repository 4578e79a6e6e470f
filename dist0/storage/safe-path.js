/**
 * From paths in a torrent to paths on disk. Two answers to a name that we do not like: refused, when no honest torrent
 * has it (the reader already refuses `..`, `.`, empty names, `/` and NUL); made safe, when it is merely awkward. The
 * table of rules, with their tests, is in docs/bad-input.md.
 *
 * Invariant: a planned path stays below the share's folder on every platform, and no two files share one.
 */
import { toUtf8 } from '../ground/bytes.js';
import { fail, succeed } from '../ground/result.js';
/** Most file systems take 255 bytes a name; `.part` has to fit behind. */
const MAX_NAME_BYTES = 240;
/** Linux takes 4,096 a path; the output folder needs some of it. */
const MAX_PATH_BYTES = 3500;
const WINDOWS_RESERVED = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)/i;
/** Control characters, what Windows forbids, and the marks that reorder text on a screen. */
const UNSAFE_CHARACTERS = /[\u0000-\u001f\u007f-\u009f"*:<>?|\\\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
/** One name, made safe: same input, same output; never empty, `.` or `..`. */
export function safeName(name) {
    let safe = name.replace(UNSAFE_CHARACTERS, '_').replace(/[. ]+$/, (tail) => '_'.repeat(tail.length));
    if (safe === '' || safe === '.' || safe === '..')
        safe = '_';
    if (WINDOWS_RESERVED.test(safe))
        safe = `_${safe}`;
    return shorten(safe);
}
/** Cuts in the middle of long names, keeping the ending: `a…z.tar.gz` still opens with the right program. */
function shorten(name) {
    if (toUtf8(name).length <= MAX_NAME_BYTES)
        return name;
    const dot = name.lastIndexOf('.');
    const ending = dot > 0 && name.length - dot <= 16 ? name.slice(dot) : '';
    const mark = `~${fingerprint(name)}`;
    let stem = name.slice(0, name.length - ending.length);
    while (toUtf8(stem + mark + ending).length > MAX_NAME_BYTES)
        stem = stem.slice(0, -1);
    if (/[\ud800-\udbff]$/.test(stem))
        stem = stem.slice(0, -1);
    return stem + mark + ending;
}
/** FNV-1a, 32 bits: tells shortened names apart. */
function fingerprint(text) {
    let hash = 0x811c9dc5;
    for (const byte of toUtf8(text))
        hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
    return hash.toString(16).padStart(8, '0');
}
/** Two names that some file system takes for one: case, and composed or decomposed letters. */
function foldedKey(path) {
    return path.map((element) => element.normalize('NFC').toLowerCase()).join('/');
}
export function planPaths(info) {
    const name = safeName(info.name);
    const taken = new Map();
    const paths = [];
    for (const file of info.files) {
        if (file.isPad) {
            paths.push(undefined);
            continue;
        }
        const path = info.isSingleFile ? [name] : [name, ...file.path.map(safeName)];
        const unique = claim(path, taken);
        if (unique === undefined)
            return fail('path-conflict', `${file.path.join('/')} is a file and a folder at once`);
        if (toUtf8(unique.join('/')).length > MAX_PATH_BYTES)
            return fail('path-too-long', `a path is over ${MAX_PATH_BYTES} bytes`);
        paths.push(unique);
        const target = file.symlinkTarget;
        if (target?.some((element) => element === '..' || element === '.')) {
            return fail('path-link', `${file.path.join('/')} links out of the share`);
        }
    }
    return succeed({ name, paths });
}
/** Takes a path, numbering it when another file has it already in some file system's eyes. */
function claim(path, taken) {
    for (let depth = 1; depth < path.length; depth++) {
        const key = foldedKey(path.slice(0, depth));
        if (taken.get(key) === 'file')
            return undefined;
        taken.set(key, 'folder');
    }
    for (let number = 1; number < 10_000; number++) {
        const candidate = number === 1 ? path : [...path.slice(0, -1), numbered(path[path.length - 1], number)];
        const key = foldedKey(candidate);
        const holder = taken.get(key);
        if (holder === 'folder')
            return undefined;
        if (holder === undefined) {
            taken.set(key, 'file');
            return candidate;
        }
    }
    return undefined;
}
function numbered(name, number) {
    const dot = name.lastIndexOf('.');
    return dot > 0 ? `${name.slice(0, dot)} (${number})${name.slice(dot)}` : `${name} (${number})`;
}
