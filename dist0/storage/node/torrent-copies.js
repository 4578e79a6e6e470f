/**
 * Copies of the torrents of all shares, in the state folder: `KEY.torrent`, as other programs read them, and
 * `KEY.json`, which says where the data lies. With these, shares are found again when the database is lost.
 */
import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, writeSync, } from 'node:fs';
import { join } from 'node:path';
import { fromSystemError } from '../../ground/errors.js';
/** A share may lie in several folders; more places than this are forgotten, the oldest first. */
const MAX_PLACES = 16;
const KEY = /^([0-9a-f]{40}|[0-9a-f]{64})$/;
export class TorrentCopies {
    folder;
    constructor(folder) {
        this.folder = folder;
    }
    pathOf(key) {
        return join(this.folder, `${key}.torrent`);
    }
    /** @throws ShoalError no-space, no-permission, … */
    save(key, place, torrent) {
        const path = this.pathOf(key);
        try {
            mkdirSync(this.folder, { recursive: true });
            if (!isSame(path, torrent))
                replaceFile(path, torrent);
            const places = this.#placesOf(key);
            if (places.some((known) => known.folder === place.folder && known.kind === place.kind))
                return;
            const all = [...places, { folder: place.folder, kind: place.kind }].slice(-MAX_PLACES);
            replaceFile(this.#placesPath(key), new TextEncoder().encode(`${JSON.stringify(all)}\n`));
        }
        catch (error) {
            throw fromSystemError(`cannot write ${path}`, error);
        }
    }
    /** Where shares lay; what cannot be read is left where it is. */
    *places() {
        let names;
        try {
            names = readdirSync(this.folder);
        }
        catch {
            return;
        }
        for (const name of names) {
            const key = name.replace(/\.json$/, '');
            if (!name.endsWith('.json') || !KEY.test(key))
                continue;
            for (const { folder, kind } of this.#placesOf(key))
                yield { key, folder, kind };
        }
    }
    /** Undefined when there is none. */
    read(key) {
        try {
            return new Uint8Array(readFileSync(this.pathOf(key)));
        }
        catch {
            return undefined;
        }
    }
    #placesPath(key) {
        return join(this.folder, `${key}.json`);
    }
    #placesOf(key) {
        try {
            const parsed = JSON.parse(readFileSync(this.#placesPath(key), 'utf8'));
            return Array.isArray(parsed) ? parsed.filter(isPlace) : [];
        }
        catch {
            return [];
        }
    }
}
function isPlace(value) {
    const { folder, kind } = (value ?? {});
    return typeof folder === 'string' && (kind === 'place' || kind === 'fetch');
}
function isSame(path, content) {
    try {
        return readFileSync(path).equals(content);
    }
    catch {
        return false;
    }
}
/** The old content or the new one, never half of it, whatever happens. */
export function replaceFile(path, content, mode = 0o666) {
    const temporary = `${path}.new`;
    const fd = openSync(temporary, 'w', mode);
    try {
        for (let at = 0; at < content.length;)
            at += writeSync(fd, content, at, content.length - at);
        fsyncSync(fd);
    }
    finally {
        closeSync(fd);
    }
    renameSync(temporary, path);
}
