/** `shoal up`: the always-on peer. Holds its shares until it is stopped; other programs drive it. */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { removeAddress, writeAddress } from '../api/address.ts';
import { ApiServer } from '../api/server.ts';
import { createPeer } from '../peer/peer.ts';
import { Session } from '../session/session.ts';
import { type CommonOptions, createOutput, peerOptions } from './options.ts';
import { EXIT, runCommand } from './run.ts';
import { printable } from './terminal/format.ts';

export interface UpOptions extends CommonOptions {
  readonly apiPort?: number;
  readonly downloadDir?: string;
}

export async function runUp(options: UpOptions): Promise<void> {
  const output = createOutput(options);
  await runCommand(
    output,
    async (signal) => {
      const peer = await createPeer(await peerOptions(options));
      for (const notice of peer.state.notices) output.info(notice);
      const session = new Session(peer);
      const ended = Promise.withResolvers<void>();
      signal.addEventListener('abort', () => ended.resolve(), { once: true });
      let api: ApiServer | undefined;
      try {
        const downloadDir = resolve(options.downloadDir ?? join(homedir(), 'Downloads'));
        api = await ApiServer.open({ session, downloadDir, port: options.apiPort, onClose: ended.resolve });
        writeAddress(peer.state.folder, api.url);
        output.event('ready', {
          url: api.url,
          port: api.port,
          peerPort: peer.port,
          shares: session.all.length,
        });
        output.info(`up with ${session.all.length} shares, on port ${peer.port}`);
        output.info(
          `programs that speak Transmission's RPC find it at ${printable(api.url)}transmission/rpc`,
        );
        await ended.promise;
      } finally {
        removeAddress(peer.state.folder);
        await api?.close();
        await session.close();
      }
      return EXIT.done;
    },
    () => 'the peer is down; all shares go on when it is up again',
  );
}
