/** `shoal publish`: offers a folder under a link that stays the same when the folder changes. */
import { basename } from 'node:path';
import { commandLine, commandName } from '../../../cli/command-name.ts';
import { openKeys } from '../../../cli/keys.ts';
import { type CommonOptions, createOutput } from '../../../cli/options.ts';
import type { Output } from '../../../cli/output.ts';
import { EXIT, runCommand } from '../../../cli/run.ts';
import { formatBytes, printable } from '../../../cli/terminal/format.ts';
import { toHex } from '../../../ground/bytes.ts';
import { formatCount } from '../../../ground/count.ts';
import type { SigningKey } from '../../../host/state/key-store.ts';
import type { PublishedStatus } from '../share/publish.ts';
import { openUpdates } from './open-service.ts';
import { showShare } from './share-view.ts';
import type { ServedPublication, UpdateService } from './update-service.ts';

export interface PublishCommandOptions extends CommonOptions {
  readonly key?: string;
  readonly pieceLength?: number;
}

const DEFAULT_KEY = 'default';

export async function runPublish(name: string, path: string, options: PublishCommandOptions): Promise<void> {
  const output = createOutput(options);
  let number: number | undefined;
  await runCommand(
    output,
    async (signal) => {
      const { saltOf } = await import('../share/publish.ts');
      saltOf(name);
      const service = await openUpdates(options, output, signal);
      try {
        const key = await signingKeyOf(options, output);
        const published = await service.publish({
          name,
          path,
          key,
          pieceLength: options.pieceLength,
          uploadLimit: options.limitUp,
          ...(options.lsd === false ? { usesLsd: false } : {}),
          signal,
          intervalMs: output.intervalMs,
          hasMap: output.isLive,
          onProgress: (done, total) => output.hashing('hashing', done, total),
          onReport: (report) => showShare(output, report),
          onDetail: (text) => output.detail(text),
        });
        ({ number } = published);
        announce(output, service, published, { name, key });
        await published.hold((status) => tellPut(output, status, number));
      } finally {
        await service.close();
      }
      return EXIT.done;
    },
    () =>
      number === undefined
        ? 'stopped publishing; followers keep what they have, and pass it on'
        : `the daemon goes on publishing it, until: ${commandLine(`publications remove ${number}`)}`,
  );
}

/** The first key is made. @throws ShoalError not-found for another that was named */
async function signingKeyOf(options: PublishCommandOptions, output: Output): Promise<SigningKey> {
  const keys = openKeys(options);
  if (options.key !== undefined) return keys.load(options.key);
  const { key, isNew } = await keys.loadOrCreate(DEFAULT_KEY);
  if (isNew)
    output.info(
      `made your first key, kept in ${keys.folder}; back it up with: ${commandLine(`key export ${DEFAULT_KEY}`)}`,
    );
  return key;
}

function announce(
  output: Output,
  { port }: UpdateService,
  { number, link, sequence, path, size }: ServedPublication,
  { name, key }: { readonly name: string; readonly key: SigningKey },
): void {
  output.event('ready', {
    ...{ link, sequence, name, path, size, port },
    key: toHex(key.publicKey),
    publication: number ?? null,
  });
  const what = `${printable(basename(path))} (${formatBytes(size)}) as version ${sequence}`;
  if (number !== undefined)
    output.info(
      `the daemon publishes it, as publication ${number}, until: ${commandLine(`publications remove ${number}`)}`,
    );
  output.info(`publishing ${what}; anyone keeps it up to date with:`);
  output.result(`${commandName()} follow '${link}'`);
}

function tellPut(
  output: Output,
  { sequence, stored, isSuperseded }: PublishedStatus,
  number: number | undefined,
): void {
  output.event('put', { sequence, stored, superseded: isSuperseded });
  if (isSuperseded)
    output.info('another machine published a newer version with this key: this one is not shown to anybody');
  else if (stored === 0) output.info('no DHT node has taken it yet: trying again until one does');
  else {
    const whose = number === undefined ? 'this runs' : 'the daemon holds it';
    output.info(
      `version ${sequence} is signed and kept by ${formatCount(stored, 'node')}; it is here as long as ${whose}`,
    );
  }
}
