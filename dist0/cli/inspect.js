import { Geometry } from '../content/geometry.js';
import { addressKey } from '../ground/address.js';
import { toHex } from '../ground/bytes.js';
import { readLink } from '../peer/link-source.js';
import { magnetOf } from './create.js';
import { createOutput } from './options.js';
import { EXIT, runCommand } from './run.js';
import { formatBytes, mixedScripts, printable } from './terminal/format.js';
export async function runInspect(link, options) {
    const output = createOutput(options);
    await runCommand(output, async (signal) => {
        const source = await readLink(link, signal);
        const described = 'metainfo' in source ? describeMetainfo(source.metainfo) : describeMagnet(source.magnet);
        if (output.isJson)
            process.stdout.write(`${JSON.stringify(described)}\n`);
        else {
            for (const [label, value] of rowsOf(described))
                output.result(`${label.padEnd(14)} ${printable(value)}`);
            if ('metainfo' in source)
                for (const line of renderTree(source.metainfo))
                    output.result(line);
        }
        return EXIT.done;
    });
}
function describeMetainfo(metainfo) {
    const { info } = metainfo;
    const geometry = new Geometry(info);
    return {
        name: info.name,
        version: info.version,
        infoHashV1: metainfo.infoHashV1 === undefined ? null : toHex(metainfo.infoHashV1),
        infoHashV2: metainfo.infoHashV2 === undefined ? null : toHex(metainfo.infoHashV2),
        size: geometry.dataLength,
        pieceLength: info.pieceLength,
        pieces: geometry.pieceCount,
        private: info.isPrivate,
        source: info.source ?? null,
        comment: metainfo.comment ?? null,
        createdBy: metainfo.createdBy ?? null,
        created: metainfo.creationDate === undefined ? null : dateOf(metainfo.creationDate),
        trackers: metainfo.trackers,
        webSeeds: metainfo.webSeeds,
        magnet: magnetOf(metainfo),
        files: info.files.map((file) => ({
            path: file.path.join('/'),
            size: file.lengthBytes,
            ...(file.isPad ? { pad: true } : {}),
            ...(file.isExecutable ? { executable: true } : {}),
            ...(file.isHidden ? { hidden: true } : {}),
            ...(file.symlinkTarget === undefined ? {} : { symlink: file.symlinkTarget.join('/') }),
            ...(file.piecesRoot === undefined ? {} : { piecesRoot: toHex(file.piecesRoot) }),
        })),
    };
}
/** Undated rather than a crash for seconds that no calendar has. */
function dateOf(seconds) {
    const date = new Date(seconds * 1000);
    return Number.isNaN(date.getTime()) ? null : date.toISOString();
}
function describeMagnet(magnet) {
    return {
        name: magnet.name ?? null,
        infoHashV1: magnet.infoHashV1 === undefined ? null : toHex(magnet.infoHashV1),
        infoHashV2: magnet.infoHashV2 === undefined ? null : toHex(magnet.infoHashV2),
        trackers: magnet.trackers.map((url) => [url]),
        webSeeds: magnet.webSeeds,
        peers: magnet.peers.map(addressKey),
        selectOnly: magnet.selectOnly ?? null,
    };
}
const LABELS = {
    name: 'name',
    version: 'version',
    infoHashV1: 'info hash v1',
    infoHashV2: 'info hash v2',
    size: 'size',
    pieceLength: 'piece length',
    pieces: 'pieces',
    private: 'private',
    source: 'source',
    comment: 'comment',
    createdBy: 'created by',
    created: 'created',
    trackers: 'tracker',
    webSeeds: 'web seed',
    peers: 'peer',
    selectOnly: 'select only',
};
function rowsOf(described) {
    const rows = [];
    for (const [key, label] of Object.entries(LABELS)) {
        const value = described[key];
        if (value === undefined || value === null || value === false)
            continue;
        if (key === 'size' || key === 'pieceLength')
            rows.push([label, `${formatBytes(value)} (${value} bytes)`]);
        else if (key === 'trackers')
            for (const tier of value)
                rows.push([label, tier.join(', ')]);
        else if (Array.isArray(value))
            for (const item of value)
                rows.push([label, String(item)]);
        else
            rows.push([label, value === true ? 'yes' : String(value)]);
    }
    return rows;
}
/** Safe to look at, and with a warning where letters may not be what they look like. */
function shown(name) {
    const scripts = mixedScripts(name);
    return printable(name) + (scripts.length === 0 ? '' : ` [mixes ${scripts.join(' and ')} letters]`);
}
function renderTree(metainfo) {
    const root = { folders: new Map(), files: [] };
    for (const entry of metainfo.info.files) {
        if (entry.isPad)
            continue;
        let folder = root;
        for (const element of entry.path.slice(0, -1)) {
            let next = folder.folders.get(element);
            if (next === undefined) {
                next = { folders: new Map(), files: [] };
                folder.folders.set(element, next);
            }
            folder = next;
        }
        folder.files.push({ name: entry.path[entry.path.length - 1], entry });
    }
    const heading = metainfo.info.isSingleFile ? [] : [`${shown(metainfo.info.name)}/`];
    return ['', ...heading, ...renderFolder(root, '')];
}
function renderFolder(folder, indent) {
    const lines = [];
    const count = folder.folders.size + folder.files.length;
    let at = 0;
    for (const [name, below] of folder.folders) {
        const isLast = ++at === count;
        lines.push(`${indent}${isLast ? '└─' : '├─'} ${shown(name)}/`);
        lines.push(...renderFolder(below, `${indent}${isLast ? '   ' : '│  '}`));
    }
    for (const { name, entry } of folder.files) {
        const isLast = ++at === count;
        const mark = entry.isExecutable ? '*' : '';
        const target = entry.symlinkTarget === undefined
            ? ` (${formatBytes(entry.lengthBytes)})`
            : ` → ${printable(entry.symlinkTarget.join('/'))}`;
        lines.push(`${indent}${isLast ? '└─' : '├─'} ${shown(name)}${mark}${target}`);
    }
    return lines;
}
