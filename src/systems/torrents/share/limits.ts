/** Rate limits of one share, within those of its label and of the peer. */
import { TokenBucket } from '../../../ground/token-bucket.ts';

export interface ShareLimits {
  /** Bytes a second. */
  readonly downloadLimit?: number | undefined;
  readonly uploadLimit?: number | undefined;
  /** Connections; the peer's own number when absent. */
  readonly maxPeers?: number | undefined;
}

/** The limits that those of a share are part of: of a label or of the peer. */
export interface LimitGroup {
  /** Undefined for none. */
  readonly download: TokenBucket | undefined;
  readonly upload: TokenBucket | undefined;
  /** 0 to 1: so much is left to shares of higher priority. */
  readonly reserve: number;
}

export class ShareBuckets {
  readonly download: TokenBucket;
  readonly upload: TokenBucket;

  /** @param parents what all shares of the peer have in common */
  constructor(limits: ShareLimits, parents: Pick<LimitGroup, 'download' | 'upload'>) {
    this.download = new TokenBucket(limits.downloadLimit, parents.download);
    this.upload = new TokenBucket(limits.uploadLimit, parents.upload);
  }

  /** From now on. Absent: no limit of its own. */
  set({ downloadLimit, uploadLimit }: ShareLimits, group?: LimitGroup): void {
    if (group !== undefined) {
      this.download.setParent(group.download, group.reserve);
      this.upload.setParent(group.upload, group.reserve);
    }
    this.download.setRate(downloadLimit ?? Number.POSITIVE_INFINITY);
    this.upload.setRate(uploadLimit ?? Number.POSITIVE_INFINITY);
  }
}
