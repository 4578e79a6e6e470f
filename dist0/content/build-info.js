/**
 * Builds the info dictionary from a file list and its hashes: v1 (BEP 3), v2 (BEP 52) or hybrid, with attributes
 * (BEP 47). The same input gives the same bytes: files are sorted by raw path bytes, keys by bencode.
 */
import { encodeBencode } from '../ground/bencode.js';
import { compareBytes, toUtf8, utf8ToByteString } from '../ground/bytes.js';
/** The order that BEP 52's sorted dictionaries force; used for v1 as well so that input order never matters. */
export function sortFiles(files) {
    const keyed = files.map((file) => ({ file, path: file.path.map((element) => toUtf8(element)) }));
    keyed.sort((a, b) => {
        const depth = Math.min(a.path.length, b.path.length);
        for (let i = 0; i < depth; i++) {
            const order = compareBytes(a.path[i], b.path[i]);
            if (order !== 0)
                return order;
        }
        return a.path.length - b.path.length;
    });
    return keyed.map(({ file }) => file);
}
export function buildInfo(files, options, hashes) {
    const { version, pieceLength } = options;
    const info = {
        name: options.name,
        'piece length': pieceLength,
        private: options.isPrivate === true ? 1 : undefined,
        source: options.source,
    };
    if (version !== 'v2') {
        info.pieces = hashes.v1Hashes;
        if (options.isSingleFile)
            Object.assign(info, fileFields(files[0]));
        else
            info.files = listFiles(files, version === 'hybrid' ? pieceLength : undefined);
    }
    if (version !== 'v1') {
        info['meta version'] = 2;
        info['file tree'] = buildTree(files, hashes.piecesRoots ?? []);
    }
    return encodeBencode(info);
}
function fileFields(file) {
    return {
        attr: attributes(file),
        length: file.lengthBytes,
        'symlink path': file.symlinkTarget,
    };
}
function attributes(file) {
    if (file.symlinkTarget !== undefined)
        return 'l';
    return file.isExecutable ? 'x' : undefined;
}
/**
 * The v1 list; in a hybrid a pad file (BEP 47) fills up the last piece of each file. BEP 52 leaves the pad behind the
 * last file open; it is there because libtorrent puts it there, and equal torrents make one swarm.
 */
function listFiles(files, alignTo) {
    const list = [];
    for (const file of files) {
        list.push({ ...fileFields(file), path: file.path });
        const pad = alignTo === undefined ? 0 : padding(file.lengthBytes, alignTo);
        if (pad > 0)
            list.push({ attr: 'p', length: pad, path: ['.pad', String(pad)] });
    }
    return list;
}
export function padding(length, alignTo) {
    return (alignTo - (length % alignTo)) % alignTo;
}
function buildTree(files, roots) {
    const root = new Map();
    for (const [index, file] of files.entries()) {
        let folder = root;
        for (const element of file.path.slice(0, -1)) {
            const key = utf8ToByteString(element);
            let next = folder.get(key);
            if (next === undefined) {
                next = new Map();
                folder.set(key, next);
            }
            folder = next;
        }
        const leaf = { ...fileFields(file), 'pieces root': file.lengthBytes > 0 ? roots[index] : undefined };
        folder.set(utf8ToByteString(file.path[file.path.length - 1]), { '': leaf });
    }
    return root;
}
