/** What requests to the daemon have in common. */
import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { DaemonClient } from '../../../cli/daemon-client.ts';
import type { Address } from '../../../ground/address.ts';
import { ShoalError } from '../../../ground/errors.ts';
import { Wakeup } from '../../../ground/node/wakeup.ts';
import type { PeerState } from '../api/types.ts';
import type { OfferRequest } from './share-service.ts';

/** Between two looks at how far the daemon is with hashing. */
const HASHING_LOOK_MS = 500;

type HashingRequest = Pick<OfferRequest, 'path' | 'dataFolder' | 'onProgress' | 'signal'>;

/** Its events ended, though the command still waits for some. @param whatFollows when it is up again */
export const hasEnded = (whatFollows: string): ShoalError =>
  new ShoalError('io-error', `the daemon went down; ${whatFollows} when it is up again`);

/** As the API takes it. */
export const formatPeer = ({ host, port }: Address): string =>
  `${host.includes(':') ? `[${host}]` : host}:${port}`;

/** Shows how far the daemon is, while it hashes what it is going to share. */
export async function whileHashing<T>(
  { ask }: Pick<DaemonClient, 'ask'>,
  { path, dataFolder, onProgress, signal }: HashingRequest,
  adding: Promise<T>,
): Promise<T> {
  const what = await realpath(dataFolder ?? path).catch(() => resolve(dataFolder ?? path));
  const over = new AbortController();
  const until = AbortSignal.any([signal, over.signal]);
  const wakeup = new Wakeup();
  const look = async (): Promise<void> => {
    for (;;) {
      await wakeup.wait(HASHING_LOOK_MS, until);
      if (until.aborted) return;
      const { making } = (await ask('GET', '/api/v1/status')) as PeerState;
      const progress = making.find((one) => one.path === what);
      if (progress !== undefined && progress.total > 0) onProgress(progress.done, progress.total);
    }
  };
  const looking = look().catch(() => {});
  try {
    return await adding;
  } finally {
    over.abort();
    await looking;
  }
}
