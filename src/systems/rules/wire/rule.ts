/** What the lines of all kinds of list come to. */
import type { Bytes } from '../../../ground/bytes.ts';

interface Common {
  /** From 1. */
  readonly line: number;
  /** Undoes what earlier rules of the same list say. */
  readonly isAllowed: boolean;
  /** '' when the list gives none. */
  readonly reason: string;
}

/** Content by its key (`keyOfMultihash`): an info hash, or a CID without a path. */
export interface HashRule extends Common {
  readonly kind: 'hash';
  readonly key: Uint8Array;
}

/** Content by the key of the hash of its name. */
export interface DoubleHashRule extends Common {
  readonly kind: 'double-hash';
  readonly key: Uint8Array;
  /** Code of the function (multicodec) that the name is hashed with. */
  readonly code: number;
}

/** A path below content or a name. */
export interface PathRule extends Common {
  readonly kind: 'path';
  /** `ipfs/KEY` with the key in hex, `ipns/KEY`, or `ipns/NAME`. */
  readonly root: string;
  /** Decoded, without slashes at its ends. */
  readonly path: string;
  /** Whatever begins with the path as well. */
  readonly isPrefix: boolean;
}

/** Addresses of one family, 4 or 16 bytes. */
export interface RangeRule extends Common {
  readonly kind: 'range';
  readonly from: Bytes;
  readonly to: Bytes;
}

export type Rule = HashRule | DoubleHashRule | PathRule | RangeRule;

export type RuleSink = (rule: Rule) => void;

/** What was read besides rules. */
export interface ListHead {
  readonly name: string | undefined;
  readonly description: string | undefined;
}
