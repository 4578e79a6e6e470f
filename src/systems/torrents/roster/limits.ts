/**
 * Puts settings of the daemon into effect: rate limits of all shares together, of those with a label together, of each, which go first
 * where rate is short, and what the peer does with connections.
 */
import { TokenBucket } from '../../../ground/token-bucket.ts';
import type { ShoalPeer } from '../share/peer.ts';
import type { Share } from '../share/share.ts';
import { labelOf, type Settings } from '../settings.ts';
import type { Priority, SharePreferences } from '../core/preferences.ts';
import type { TransportChoice } from '../../../net/link/core/raced.ts';
import { type DecidedAtStart, hasBothTransports } from './in-effect.ts';
import type { Mode } from './schedule.ts';

/** The part of a limit that a share leaves to shares of higher priority. */
const RESERVE: Readonly<Record<Priority, number>> = { high: 0, normal: 0.25, low: 0.6 };

interface LabelBuckets {
  readonly download: TokenBucket;
  readonly upload: TokenBucket;
}

const rateOf = (limit: number | null | undefined): number => limit ?? Number.POSITIVE_INFINITY;

export class Limits {
  readonly #peer: ShoalPeer;
  readonly #decidedAtStart: readonly DecidedAtStart[];
  readonly #labels = new Map<string, LabelBuckets>();

  constructor(peer: ShoalPeer, decidedAtStart: readonly DecidedAtStart[]) {
    this.#peer = peer;
    this.#decidedAtStart = decidedAtStart;
  }

  applySettings(settings: Settings, mode: Mode): void {
    const isSlow = mode !== 'full';
    this.#peer.setLimits({
      download: rateOf(isSlow ? settings.slowDownloadLimit : settings.downloadLimit),
      upload: rateOf(isSlow ? settings.slowUploadLimit : settings.uploadLimit),
    });
    this.#peer.guards.usesPex = settings.usesPex;
    if (!this.#decidedAtStart.includes('encryption')) this.#peer.setEncryption(settings.encryption);
    this.#peer.setTransports(this.#transportsOf(settings));
    this.#peer.guards.mayReachPrivate = settings.mayReachPrivate;
    this.#peer.setCache(settings.cacheSize * 1024 * 1024);
    this.#peer.guards.budget.limit = rateOf(settings.maxPeers);
    for (const [label, { downloadLimit, uploadLimit }] of Object.entries(settings.labels)) {
      const buckets = this.#bucketsOf(label);
      buckets.download.setRate(rateOf(downloadLimit));
      buckets.upload.setRate(rateOf(uploadLimit));
    }
  }

  /** What an option of the start has chosen stays so, whatever is set. */
  #transportsOf({ usesTcp, usesUtp }: Settings): TransportChoice {
    if (hasBothTransports(this.#decidedAtStart)) return 'both';
    if (this.#decidedAtStart.includes('usesUtp')) return 'tcp';
    if (this.#decidedAtStart.includes('usesTcp')) return 'utp';
    return usesTcp === usesUtp ? 'both' : usesTcp ? 'tcp' : 'utp';
  }

  applyPreferences(share: Share, preferences: SharePreferences, settings: Settings): void {
    const { downloadLimit, uploadLimit, maxPeers, priority } = preferences;
    const label = preferences.labels.find((name) => labelOf(settings.labels, name) !== undefined);
    const all = preferences.ignoresLimits ? undefined : this.#peer.buckets;
    const group = label === undefined || preferences.ignoresLimits ? all : this.#bucketsOf(label);
    share.setLimits(
      { downloadLimit, uploadLimit, maxPeers: maxPeers ?? settings.maxPeersEach },
      { download: group?.download, upload: group?.upload, reserve: RESERVE[priority] },
    );
  }

  #bucketsOf(label: string): LabelBuckets {
    let buckets = this.#labels.get(label);
    if (buckets === undefined) {
      const { download, upload } = this.#peer.buckets;
      buckets = {
        download: new TokenBucket(Number.POSITIVE_INFINITY, download),
        upload: new TokenBucket(Number.POSITIVE_INFINITY, upload),
      };
      this.#labels.set(label, buckets);
    }
    return buckets;
  }
}
