/** `shoal publish`: offers a folder under a link that stays the same when the folder changes. */
import { formatCount } from '../../../ground/count.ts';
import { toHex } from '../../../ground/bytes.ts';
import { Publication, saltOf } from '../share/publish.ts';
import { commandName } from '../../../cli/command-name.ts';
import { openKeys } from '../../../cli/keys.ts';
import { type CommonOptions, createOutput } from '../../../cli/options.ts';
import { openPeer } from './open-peer.ts';
import { reportOn } from '../share/report.ts';
import { showShare } from './share-view.ts';
import { EXIT, runCommand } from '../../../cli/run.ts';
import { formatBytes, printable } from '../../../cli/terminal/format.ts';

export interface PublishCommandOptions extends CommonOptions {
  readonly key?: string;
  readonly pieceLength?: number;
}

const DEFAULT_KEY = 'default';
const READY_MS = 4000;

export async function runPublish(name: string, path: string, options: PublishCommandOptions): Promise<void> {
  const output = createOutput(options);
  await runCommand(
    output,
    async (signal) => {
      saltOf(name);
      const keys = openKeys(options);
      const keyName = options.key ?? DEFAULT_KEY;
      const { key, isNew } =
        options.key === undefined
          ? await keys.loadOrCreate(keyName)
          : { key: await keys.load(keyName), isNew: false };
      if (isNew)
        output.info(`made your first key, kept in ${keys.folder}; back it up: shoal key export ${keyName}`);
      const opened = await openPeer(options, output);
      const { peer } = opened;
      let publication: Publication | undefined;
      try {
        const last = peer.state.network.loadPublication(toHex(key.publicKey), name);
        // The same pieces as last time, or followers could reuse whole files only.
        const pieceLength = options.pieceLength ?? last?.pieceLength;
        const share = await peer.share(path, {
          signal,
          onProgress: (done, total) => output.hashing('hashing', done, total),
          ...(pieceLength === undefined ? {} : { pieceLength }),
        });
        share.onNotice = (message) => output.detail(message);
        await peer.dht!.waitUntilReady(READY_MS, signal);
        publication = await Publication.open(peer.dht!, peer.state.network, share, { key, name }, signal);
        const { link, sequence } = publication;
        publication.onPut = ({ sequence, stored, isSuperseded }) => {
          output.event('put', { sequence, stored, superseded: isSuperseded });
          if (isSuperseded)
            output.info(
              'another machine published a newer version with this key: this one is not shown to anybody',
            );
          else if (stored === 0) output.info('no DHT node has taken it yet: trying again until one does');
          else
            output.info(
              `version ${sequence} is signed and kept by ${formatCount(stored, 'node')}; it is here as long as this runs`,
            );
        };
        const size = share.status().totalBytes;
        output.event('ready', {
          link,
          sequence,
          name,
          path: share.folder,
          size,
          port: peer.port,
          key: toHex(key.publicKey),
        });
        output.info(
          `publishing ${printable(share.name)} (${formatBytes(size)}) as version ${sequence}; anyone keeps it up to date with:`,
        );
        output.result(`${commandName()} follow '${link}'`);
        await publication.start();
        for await (const status of share.progress({ intervalMs: output.intervalMs, signal })) {
          showShare(output, reportOn(share, status, output.isLive));
          if (status.phase === 'failed') await share.done;
        }
      } finally {
        publication?.stop();
        await opened.close();
      }
      return EXIT.done;
    },
    () => 'stopped publishing; followers keep what they have, and pass it on',
  );
}
