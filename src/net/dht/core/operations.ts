/**
 * What people want of the DHT, made of lookups: peers of an info hash, announcing (BEP 5), items (BEP 44), samples
 * (BEP 51), scrapes (BEP 33). Every operation ends with one call of `onDone`.
 */
import { Endpoint, isLocalHost } from '../../../ground/endpoint.ts';
import type { Instant } from '../../../ground/units.ts';
import { equalBytes } from '../../../ground/bytes.ts';
import { BLOOM_BYTES, estimateBloom, mergeBloom } from '../wire/bloom.ts';
import { immutableTarget, mutableTarget, signedBytes } from '../wire/items.ts';
import type { KrpcMessage } from '../wire/krpc.ts';
import type { QueryArguments, QueryMethod } from '../wire/krpc-writer.ts';
import type { DhtNode, LookupHandle } from './dht-node.ts';
import type { Answered, LookupResult } from './lookup.ts';

/** An answer with a whole item, or with filters and peers, may then be four times as long: enough for it. */
const PAD_FOR_ITEM = 310;
const MAX_VALUES_PER_ANSWER = 200;

export interface WriteResult {
  /** Nodes that stored it. */
  readonly stored: number;
  readonly asked: number;
  /** The first error that a node gave, as code and text. */
  readonly refusal: { readonly code: number; readonly message: string } | undefined;
  readonly lookup: LookupResult;
}

export interface PeersOptions {
  readonly infoHash: Uint8Array;
  readonly wantsNoSeeds?: boolean;
  readonly wantsScrape?: boolean;
  readonly isCareful?: boolean;
  /** @param from the node that told; undefined for values that this node keeps */
  readonly onPeers: (peers: readonly Endpoint[], from: Answered | undefined) => void;
}

export interface Scrape {
  readonly seeds: number;
  readonly peers: number;
}

export function getPeers(
  node: DhtNode,
  now: Instant,
  options: PeersOptions & {
    readonly onDone: (now: Instant, result: LookupResult, scrape: Scrape | undefined) => void;
  },
): LookupHandle {
  const { infoHash, wantsNoSeeds, wantsScrape } = options;
  // Peers that announced to us are found without a query.
  const own = node.peers.list(now, infoHash);
  if (own.length > 0) options.onPeers(own, undefined);
  let hasFound = own.length > 0;
  const filters = { seeds: new Uint8Array(BLOOM_BYTES), peers: new Uint8Array(BLOOM_BYTES), count: 0 };
  return node.lookup(now, {
    target: infoHash,
    method: 'get_peers',
    isCareful: options.isCareful === true,
    hasFound: () => hasFound,
    args: {
      infoHash,
      wantsNoSeeds,
      wantsScrape,
      wants: node.wants,
      padTo: wantsScrape === true ? PAD_FOR_ITEM : undefined,
    },
    onAnswer: (answer, from) => {
      const peers = peersOf(answer, from.endpoint);
      hasFound ||= peers.length > 0;
      if (peers.length > 0) options.onPeers(peers, from);
      if (answer.bloomSeeds !== undefined && answer.bloomPeers !== undefined) {
        filters.count++;
        mergeBloom(filters.seeds, answer.bloomSeeds);
        mergeBloom(filters.peers, answer.bloomPeers);
      }
      return false;
    },
    onDone: (at, result) => {
      const scrape = { seeds: estimateBloom(filters.seeds), peers: estimateBloom(filters.peers) };
      options.onDone(at, result, filters.count === 0 ? undefined : scrape);
    },
  });
}

/** A stranger has no business naming hosts of our own network: he can't know them, we could be made to knock there. */
function peersOf(answer: KrpcMessage, from: Endpoint): Endpoint[] {
  const isNeighbour = isLocalHost(from.hostBytes);
  const peers: Endpoint[] = [];
  for (const value of (answer.values ?? []).slice(0, MAX_VALUES_PER_ANSWER)) {
    if (value.length !== 6 && value.length !== 18) continue;
    const endpoint = Endpoint.fromCompact(value);
    if (endpoint === undefined || (!isNeighbour && isLocalHost(endpoint.hostBytes))) continue;
    peers.push(endpoint);
  }
  return peers;
}

/** Looks for peers, then tells the nearest that answered that we are one. */
export function announce(
  node: DhtNode,
  now: Instant,
  options: PeersOptions & {
    readonly port: number;
    readonly isSeed: boolean;
    readonly onDone: (now: Instant, result: WriteResult) => void;
  },
): LookupHandle {
  const { infoHash, port, isSeed } = options;
  return getPeers(node, now, {
    infoHash,
    isCareful: true,
    onPeers: options.onPeers,
    onDone: (at, result) =>
      write(node, at, result, 'announce_peer', { infoHash, port, isSeed }, options.onDone),
  });
}

export interface Item {
  /** Bencoded. */
  readonly value: Uint8Array;
  /** Absent for an immutable item. */
  readonly key?: Uint8Array;
  readonly salt?: Uint8Array;
  readonly sequence?: number;
  readonly signature?: Uint8Array;
}

export interface GetItemOptions {
  readonly target: Uint8Array;
  /** Needed to check a mutable item that was put with one. */
  readonly salt?: Uint8Array | undefined;
  /** Each item that is better than the ones before. */
  readonly onItem?: (item: Item, from: Answered) => void;
  readonly onDone: (now: Instant, item: Item | undefined, result: LookupResult) => void;
}

/** Finds an item; of a mutable one the highest sequence number. Nothing that fails its hash or signature is shown. */
export function getItem(node: DhtNode, now: Instant, options: GetItemOptions): LookupHandle {
  const { target, salt } = options;
  let best: Item | undefined;
  return node.lookup(now, {
    target,
    method: 'get',
    hasFound: () => best !== undefined,
    args: { target, wants: node.wants, padTo: PAD_FOR_ITEM },
    onAnswer: (answer, from) => {
      const item = checkItem(node, answer, target, salt, best);
      if (item === undefined) return false;
      best = item;
      options.onItem?.(item, from);
      return item.key === undefined;
    },
    onDone: (at, result) => options.onDone(at, best, result),
  });
}

function checkItem(
  node: DhtNode,
  answer: KrpcMessage,
  target: Uint8Array,
  salt: Uint8Array | undefined,
  best: Item | undefined,
): Item | undefined {
  const { value, key, signature, sequence } = answer;
  const { hasher, signatures } = node.options;
  if (value === undefined) return undefined;
  if (key === undefined) {
    return equalBytes(immutableTarget(value, hasher), target) ? { value: value.slice() } : undefined;
  }
  if (signature === undefined || sequence === undefined) return undefined;
  // A signature check costs more than a packet. Only items that are newer are checked.
  if (best?.sequence !== undefined && sequence <= best.sequence) return undefined;
  if (!equalBytes(mutableTarget(key, salt, hasher), target)) return undefined;
  if (!signatures.verify(key, signedBytes(salt, sequence, value), signature)) return undefined;
  return {
    value: value.slice(),
    key: key.slice(),
    ...(salt === undefined ? {} : { salt }),
    sequence,
    signature: signature.slice(),
  };
}

/** Puts an item to the nearest nodes. */
export function putItem(
  node: DhtNode,
  now: Instant,
  options: {
    readonly item: Item;
    readonly cas?: number | undefined;
    readonly onDone: (now: Instant, result: WriteResult) => void;
  },
): LookupHandle {
  const { value, key, salt, sequence, signature } = options.item;
  const { hasher } = node.options;
  const target = key === undefined ? immutableTarget(value, hasher) : mutableTarget(key, salt, hasher);
  if (options.cas === undefined) node.items.keep(now, target, { value, key, signature, sequence });
  return node.lookup(now, {
    target,
    method: 'get',
    isCareful: true,
    // Their values are not needed: a node with this sequence number or a higher one leaves the value out.
    args: { target, wants: node.wants, sequence },
    onDone: (at, result) =>
      write(
        node,
        at,
        result,
        'put',
        { value, key, salt, sequence, signature, cas: options.cas },
        options.onDone,
      ),
  });
}

/** Sends a write to each of the nearest that gave a token. */
function write(
  node: DhtNode,
  now: Instant,
  lookup: LookupResult,
  method: QueryMethod,
  args: QueryArguments,
  onDone: (now: Instant, result: WriteResult) => void,
): void {
  const targets = lookup.closest.filter((answered) => answered.token !== undefined);
  let left = targets.length;
  let stored = 0;
  let refusal: WriteResult['refusal'];
  const settle = (at: Instant): void => {
    left--;
    if (left === 0) onDone(at, { stored, asked: targets.length, refusal, lookup });
  };
  if (left === 0) {
    onDone(now, { stored: 0, asked: 0, refusal: undefined, lookup });
    return;
  }
  for (const { id, endpoint, token } of targets) {
    let isSettled = false;
    const once = (at: Instant): void => {
      if (!isSettled) settle(at);
      isSettled = true;
    };
    node.rpc.query(
      now,
      method,
      endpoint,
      id,
      { ...args, token },
      {
        onAnswer: (at) => {
          if (!isSettled) stored++;
          once(at);
        },
        onLate: (at) => once(at),
        onFailure: (at, error) => {
          if (error !== undefined) refusal ??= { code: error.errorCode, message: error.errorText };
          once(at);
        },
      },
    );
  }
}

export interface SampleAnswer {
  readonly from: Answered;
  /** 20 bytes each. */
  readonly samples: readonly Uint8Array[];
  /** Info hashes that the node holds. */
  readonly count: number;
  readonly intervalSeconds: number;
}

/** Asks the nodes around a target for a sample of the info hashes that they hold. */
export function sampleInfohashes(
  node: DhtNode,
  now: Instant,
  options: {
    readonly target: Uint8Array;
    readonly onSample: (answer: SampleAnswer) => void;
    readonly onDone: (now: Instant, result: LookupResult) => void;
  },
): LookupHandle {
  return node.lookup(now, {
    target: options.target,
    method: 'sample_infohashes',
    args: { target: options.target, wants: node.wants, padTo: PAD_FOR_ITEM },
    onAnswer: (answer, from) => {
      const { samples, count, intervalSeconds } = answer;
      if (samples === undefined) return false;
      const list: Uint8Array[] = [];
      for (let at = 0; at + 20 <= samples.length; at += 20) list.push(samples.slice(at, at + 20));
      options.onSample({
        from,
        samples: list,
        count: count ?? list.length,
        intervalSeconds: intervalSeconds ?? 0,
      });
      return false;
    },
    onDone: options.onDone,
  });
}
