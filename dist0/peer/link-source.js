/** What `get` takes: a magnet link, an info hash, a torrent file, or the address of one. */
import { readFile, stat } from 'node:fs/promises';
import { parseMagnet } from '../content/magnet.js';
import { decodeMetainfo, MAX_TORRENT_BYTES } from '../content/metainfo.js';
import { fromSystemError, ShoalError } from '../ground/errors.js';
import { nodeHasher } from '../ground/node/hasher.js';
import { fetchBytes } from '../tracker/node/http-client.js';
import { USER_AGENT } from './version.js';
/** @throws ShoalError bad-link, bad-torrent, not-found, tracker-failed */
export async function readLink(link, signal) {
    if (/^https?:\/\//i.test(link)) {
        const bytes = await fetchBytes(link, {
            userAgent: USER_AGENT,
            signal,
            maxBytes: MAX_TORRENT_BYTES,
            isNamedByPerson: true,
        });
        return { metainfo: decodeTorrent(bytes, link) };
    }
    const isMagnet = /^magnet:/i.test(link);
    const magnet = parseMagnet(link);
    if (magnet.ok && (isMagnet || !(await exists(link))))
        return { magnet: magnet.value };
    if (isMagnet && !magnet.ok) {
        const hint = link.includes('&') || !link.includes('xt=') ? '' : ' (quote the link: the shell cuts it at "&")';
        throw new ShoalError('bad-link', `${magnet.error.message}${hint} (${magnet.error.code})`);
    }
    if (!(await exists(link))) {
        throw new ShoalError('bad-link', `"${link}" is no magnet link, info hash, torrent file or http address`);
    }
    return { metainfo: await readTorrentFile(link) };
}
/** @throws ShoalError bad-torrent, not-found, no-permission */
export async function readTorrentFile(path) {
    try {
        const { size } = await stat(path);
        if (size > MAX_TORRENT_BYTES)
            throw new ShoalError('bad-torrent', `${path} is too large for a torrent file`);
        return decodeTorrent(await readFile(path), path);
    }
    catch (error) {
        throw fromSystemError(`cannot read ${path}`, error);
    }
}
function decodeTorrent(bytes, from) {
    const decoded = decodeMetainfo(bytes, nodeHasher);
    if (!decoded.ok)
        throw ShoalError.fromMalformed('bad-torrent', `${from} is not a valid torrent`, decoded.error);
    return decoded.value;
}
async function exists(path) {
    return (await stat(path).catch(() => undefined))?.isFile() === true;
}
