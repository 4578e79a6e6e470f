/** `shoal share`: offers a file or folder until interrupted. */
import { dirname } from 'node:path';
import { toHex } from '../ground/bytes.js';
import { ShoalError } from '../ground/errors.js';
import { readTorrentFile } from '../peer/link-source.js';
import { chosenVersion, createOutput, openPeer } from './options.js';
import { TroubleReporter } from './troubles.js';
import { EXIT, runCommand } from './run.js';
import { printable } from './terminal/format.js';
export async function runShare(path, options) {
    const output = createOutput(options);
    await runCommand(output, async (signal) => {
        const peer = await openPeer(options, output);
        try {
            const share = await openShare(peer, path, options, output, signal);
            share.onNotice = (message) => output.detail(message);
            const torrent = share.torrentPath;
            announceReady(output, peer, share, torrent);
            const troubles = new TroubleReporter(output);
            for await (const status of share.progress({ intervalMs: output.intervalMs, signal })) {
                output.share(status, share.pieceMap());
                troubles.report(status);
                if (status.phase === 'failed')
                    await share.done;
            }
            await share.done.catch((error) => {
                if (share.phase === 'failed')
                    throw error;
            });
        }
        finally {
            await peer.close();
        }
        return EXIT.done;
    }, () => 'stopped sharing; the same command goes on without reading the data again');
}
async function openShare(peer, path, options, output, signal) {
    const settings = {
        version: chosenVersion(options),
        trackers: (options.tracker ?? []).flatMap((tier) => tier.split(',')),
        isPrivate: options.private === true,
        isSuperSeeding: options.superSeed === true,
        signal,
        onProgress: (done, total) => output.hashing('hashing', done, total),
        ...(options.pieceLength === undefined ? {} : { pieceLength: options.pieceLength }),
    };
    if (!path.toLowerCase().endsWith('.torrent')) {
        if (options.dir !== undefined)
            throw new ShoalError('bad-argument', '--dir goes with a torrent file');
        return peer.share(path, settings);
    }
    const metainfo = await readTorrentFile(path);
    return peer.seed(metainfo, options.dir ?? dirname(path), settings);
}
function announceReady(output, peer, share, torrent) {
    const magnet = share.magnet(peer.ownAddresses());
    output.event('ready', {
        magnet,
        torrent,
        infoHashV1: share.infoHashV1 === undefined ? null : toHex(share.infoHashV1),
        infoHashV2: share.infoHashV2 === undefined ? null : toHex(share.infoHashV2),
        port: peer.port,
    });
    output.info(`sharing ${printable(share.name)} on port ${peer.port}; torrent file: ${printable(torrent)}`);
    output.info('anyone who can reach this machine fetches it with:');
    output.result(`shoal get '${magnet}'`);
}
