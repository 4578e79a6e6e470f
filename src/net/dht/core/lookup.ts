/**
 * One iterative lookup: it asks the nodes nearest to a target, learns of nearer ones, and ends when the nearest
 * live nodes have all answered.
 *
 * Fast: the lookup waits for ALPHA queries at once. A node that is late by the measured round trips gives its place
 * to the next, and its answer still counts. Hard to capture: at most one candidate a host and few a network; ids
 * that do not follow from their address (BEP 42) fill at most a quarter of the nearest; an answer under another id
 * than the one that we asked counts as none; queries and candidates are bounded. A lookup notices when it is led
 * astray: when the nearest nodes lie too far away for the size of the network, it asks others before it ends.
 */
import { type Bytes, equalBytes, readUint16, readUint32, toByteString } from '../../../ground/bytes.ts';
import { Endpoint, isLocalHost, networkOf } from '../../../ground/endpoint.ts';
import type { Instant } from '../../../ground/units.ts';
import type { KrpcMessage } from '../wire/krpc.ts';
import type { QueryArguments, QueryMethod } from '../wire/krpc-writer.ts';
import { compareDistance, ID_LENGTH, isIdBoundTo } from '../wire/node-id.ts';
import type { Rpc } from './rpc.ts';
import { type Contact, K } from './routing-table.ts';

/** Queries waited for at once. */
const ALPHA = 4;
/** With those that are late. */
const MAX_IN_FLIGHT = 64;
const MAX_CANDIDATES = 96;
const MAX_QUERIES = 160;
const MAX_PER_NETWORK = 3;
const MAX_UNBOUND = K / 4;
const MAX_UNBOUND_CANDIDATES = K;
const MAX_DURATION_MS = 30_000;
/** So many times as far as expected is no chance: K distances add up to within a third of their mean. */
const SUSPICIOUS = 2;
/** The same for a lookup that looks harder. */
const HARDLY_CHANCE = 1.5;
/** K nodes within half of the distance that they should take are no chance, and a crowd is taken in up to so many. */
const CROWDED = 2;
const CROWD_RADIUS = 1.25;
const MAX_CROWD = 5 * K;
/** Paths that are followed to their end, and how many of the nearest of each. */
const MAX_PATHS = 5;
const MANY_PATHS = 2 * K;
const PER_PATH = 1;
/** More queries that a lookup may make when it looks astray. */
const MAX_ASTRAY = 40;
/** Nodes taken from one answer: BEP 5 sends K, some send more. */
const MAX_NODES_PER_ANSWER = 2 * K;

export interface Answered {
  readonly id: Uint8Array;
  readonly endpoint: Endpoint;
  readonly token: Uint8Array | undefined;
  /** Queries that lay before this one on the way to it: 1 for a node of our own table. */
  readonly hops: number;
  /** Sequence number of the item that it holds (BEP 44). */
  readonly sequence: number | undefined;
}

export interface LookupResult {
  /** The first 32 bits of the distance of the K-th; undefined when there are fewer. */
  readonly distance: number | undefined;
  /** Nearest first: K, or more where a crowd stands. */
  readonly closest: readonly Answered[];
  readonly queries: number;
  readonly answers: number;
  readonly durationMs: number;
}

export interface LookupOptions {
  readonly target: Uint8Array;
  readonly method: QueryMethod;
  readonly family: 4 | 6;
  readonly args: QueryArguments;
  /** Looks harder: for writes, on which all later lookups depend. */
  readonly isCareful?: boolean;
  /** False: what was looked for has not been found, so the lookup looks harder before it ends. */
  readonly hasFound?: () => boolean;
  /** Queries waited for at once; fewer for what is in no hurry. */
  readonly parallel?: number;
  readonly start: readonly Contact[];
  /** How far the K-th nearest should be, by the size of the network: the first 32 bits. */
  readonly expectedDistance?: number | undefined;
  /** Contacts from everywhere, for a lookup that was led astray. */
  readonly spares?: () => readonly Contact[];
  /** Addresses whose id is not known: bootstrap nodes. */
  readonly strangers?: readonly Endpoint[];
  /** Each answer, as it comes. Returns true when nothing more is needed. */
  readonly onAnswer?: (answer: KrpcMessage, from: Answered) => boolean;
  readonly onDone: (now: Instant, result: LookupResult) => void;
}

type State = 'fresh' | 'asked' | 'late' | 'answered' | 'failed';

interface Candidate {
  /** Undefined until it answers, for a stranger. */
  id: Uint8Array | undefined;
  /** Compact. Only a node that is asked gets an `Endpoint`. */
  readonly address: Uint8Array;
  /** XOR to the target: the first 32 bits, which nearly always decide, and the rest. */
  readonly distance: number;
  readonly hops: number;
  /** The contact of our own table at which the path to it began. */
  readonly root: number;
  readonly isBound: boolean;
  state: State;
  answer: Answered | undefined;
}

const FAR = 0xffffffff;

export class Lookup {
  readonly options: LookupOptions;
  readonly #rpc: Rpc;
  readonly #ownId: Uint8Array;
  readonly #onFailure: (id: Uint8Array) => void;
  /** Nearest first. */
  readonly #candidates: Candidate[] = [];
  readonly #strangers: Candidate[] = [];
  /** IPv4 hosts as numbers, IPv6 hosts as text. */
  readonly #hosts = new Set<number | string>();
  readonly #targetHead: number;
  readonly #networks = new Map<number, number>();
  readonly #startedAt: Instant;
  readonly #parallel: number;
  #waiting = 0;
  #isWidening = false;
  /** Of the K-th nearest that has not failed. */
  #kthDistance = FAR;
  #isCareful: boolean;
  #unbound = 0;
  #roots = 0;
  #astray = 0;
  #inFlight = 0;
  #queries = 0;
  #answers = 0;
  isDone = false;

  constructor(
    now: Instant,
    options: LookupOptions,
    rpc: Rpc,
    ownId: Uint8Array,
    onFailure: (id: Uint8Array) => void,
  ) {
    this.options = options;
    this.#rpc = rpc;
    this.#ownId = ownId;
    this.#onFailure = onFailure;
    this.#startedAt = now;
    this.#roots = options.start.length;
    this.#parallel = options.parallel ?? ALPHA;
    this.#isCareful = options.isCareful === true;
    this.#targetHead = readUint32(options.target, 0);
    for (const [root, { id, endpoint }] of options.start.entries())
      if (endpoint.family === options.family) this.#add(id, endpoint.compact, 1, root);
    for (const endpoint of options.strangers ?? []) {
      const key = hostKey(endpoint.compact, isLocalHost(endpoint.hostBytes));
      if (endpoint.family !== options.family || this.#hosts.has(key)) continue;
      this.#hosts.add(key);
      this.#strangers.push(this.#candidate(undefined, endpoint.compact, FAR, 1, this.#roots++));
    }
  }

  /** Asks the next nodes. Ends when there are none, and no answer is awaited. */
  advance(now: Instant): void {
    if (this.isDone) return;
    if (now - this.#startedAt >= MAX_DURATION_MS) return this.#finish(now);
    while (this.#waiting < this.#parallel && this.#inFlight < MAX_IN_FLIGHT && this.#queries < MAX_QUERIES) {
      const next =
        this.#next() ??
        this.#nextOfPaths() ??
        (this.#waiting === 0 || this.#isWidening ? this.#nextAstray() : undefined);
      if (next === undefined || this.#rpc.delayMs(now) > 0) break;
      this.#ask(now, next);
    }
    // Held back by the rate, or by too many that are late: it goes on when that has passed.
    const isHeld = this.#rpc.delayMs(now) > 0 || this.#inFlight >= MAX_IN_FLIGHT;
    if (
      this.#waiting > 0 ||
      (isHeld && this.#queries < MAX_QUERIES && (this.#next() ?? this.#nextOfPaths()) !== undefined)
    )
      return;
    if (!this.#isCareful && this.options.hasFound?.() === false) {
      this.#isCareful = true;
      this.advance(now);
      return;
    }
    this.#finish(now);
  }

  /** When it must be looked at although no packet comes: rate limits hold queries back. */
  nextTimeout(now: Instant): Instant {
    if (this.isDone) return Number.POSITIVE_INFINITY;
    const end = this.#startedAt + MAX_DURATION_MS;
    const delay = this.#waiting < this.#parallel ? this.#rpc.delayMs(now) : 0;
    if (delay > 0) return Math.min(end, now + delay);
    return end;
  }

  cancel(): void {
    this.isDone = true;
  }

  #ask(now: Instant, candidate: Candidate): void {
    candidate.state = 'asked';
    this.#waiting++;
    this.#inFlight++;
    this.#queries++;
    const endpoint = Endpoint.fromCompact(candidate.address)!;
    this.#rpc.query(now, this.options.method, endpoint, candidate.id, this.options.args, {
      onAnswer: (at, answer) => {
        this.#leave(candidate);
        if (!this.isDone) this.#handleAnswer(at, candidate, endpoint, answer);
      },
      onLate: (at) => {
        if (candidate.state !== 'asked') return;
        candidate.state = 'late';
        this.#waiting--;
        this.advance(at);
      },
      onFailure: (at) => {
        this.#leave(candidate);
        candidate.state = 'failed';
        if (candidate.id !== undefined) this.#onFailure(candidate.id);
        this.advance(at);
      },
    });
  }

  #leave(candidate: Candidate): void {
    if (candidate.state === 'asked') this.#waiting--;
    this.#inFlight--;
  }

  #handleAnswer(now: Instant, candidate: Candidate, endpoint: Endpoint, answer: KrpcMessage): void {
    candidate.state = 'answered';
    this.#answers++;
    const id = answer.id.slice();
    const isStranger = candidate.id === undefined;
    candidate.id = id;
    candidate.answer = {
      id,
      endpoint,
      token: answer.token?.slice(),
      hops: candidate.hops,
      sequence: answer.sequence,
    };
    // A bootstrap node has a place of its own among the candidates, now that its id is known.
    if (isStranger) {
      this.#insert({
        ...candidate,
        distance: this.#distanceOf(id),
        isBound: isIdBoundTo(id, endpoint.hostBytes),
      });
    }
    this.#addNodes(answer, candidate.hops + 1, candidate.root);
    if (this.options.onAnswer?.(answer, candidate.answer) === true) this.#finish(now);
    else this.advance(now);
  }

  #addNodes(answer: KrpcMessage, hops: number, root: number): void {
    const infos = this.options.family === 4 ? answer.nodes : answer.nodes6;
    if (infos === undefined) return;
    const size = this.options.family === 4 ? 26 : 38;
    const end = Math.min(infos.length, size * MAX_NODES_PER_ANSWER);
    for (let at = 0; at + size <= end; at += size) {
      const id = infos.subarray(at, at + ID_LENGTH);
      if (
        this.#candidates.length >= MAX_CANDIDATES &&
        this.#distanceOf(id) > this.#candidates[MAX_CANDIDATES - 1]!.distance
      )
        continue;
      this.#add(id, infos.subarray(at + ID_LENGTH, at + size), hops, root);
    }
  }

  #add(id: Bytes, address: Bytes, hops: number, root: number): void {
    const { length } = address;
    if (equalBytes(id, this.#ownId) || address[0] === 0 || readUint16(address, length - 2) === 0) return;
    const host = address.subarray(0, length - 2);
    const isLocal = isLocalHost(host);
    const key = hostKey(address, isLocal);
    if (this.#hosts.has(key)) return;
    // Anybody can invent nodes beside the target; with ids that follow from their addresses he can't.
    if (!isIdBoundTo(id, host) && ++this.#unbound > MAX_UNBOUND_CANDIDATES) return;
    if (!isLocal) {
      const network = networkOf(host);
      const neighbours = this.#networks.get(network) ?? 0;
      if (neighbours >= MAX_PER_NETWORK) return;
      this.#networks.set(network, neighbours + 1);
    }
    this.#hosts.add(key);
    this.#insert(this.#candidate(id.slice(), address.slice(), this.#distanceOf(id), hops, root));
  }

  #candidate(
    id: Uint8Array | undefined,
    address: Uint8Array,
    distance: number,
    hops: number,
    root: number,
  ): Candidate {
    const isBound = id !== undefined && isIdBoundTo(id, address.subarray(0, address.length - 2));
    return { id, address, distance, hops, root, isBound, state: 'fresh', answer: undefined };
  }

  #insert(candidate: Candidate): void {
    const list = this.#candidates;
    let low = 0;
    let high = list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#isNearer(list[middle]!, candidate)) low = middle + 1;
      else high = middle;
    }
    list.splice(low, 0, candidate);
    if (list.length > MAX_CANDIDATES) list.pop();
  }

  #distanceOf(id: Bytes): number {
    return (readUint32(id, 0) ^ this.#targetHead) >>> 0;
  }

  #isNearer(a: Candidate, b: Candidate): boolean {
    if (a.distance !== b.distance) return a.distance < b.distance;
    if (a.id === undefined || b.id === undefined) return false;
    return compareDistance(this.options.target, a.id, b.id) < 0;
  }

  /**
   * Every path that began at another contact of ours is followed to its end: the nearest that it led to are asked, though
   * others are nearer. Liars who lead to each other can't outshine an honest path (S/Kademlia's disjoint paths, cheaper).
   */
  #nextOfPaths(): Candidate | undefined {
    if (this.options.parallel !== undefined) return undefined;
    const seen = new Map<number, number>();
    for (const candidate of this.#candidates) {
      if (!candidate.isBound || candidate.state === 'failed' || candidate.state === 'late') continue;
      const before = seen.get(candidate.root) ?? 0;
      if (before >= PER_PATH || (before === 0 && seen.size >= (this.#isCareful ? MANY_PATHS : MAX_PATHS)))
        continue;
      if (candidate.state === 'fresh') return candidate;
      seen.set(candidate.root, before + 1);
    }
    return undefined;
  }

  /** A fresh candidate further out, if the nearest that answered are suspiciously far. */
  #nextAstray(): Candidate | undefined {
    const { expectedDistance } = this.options;
    if (expectedDistance === undefined) return undefined;
    let answered = 0;
    let distance = FAR;
    for (const candidate of this.#candidates) {
      if (candidate.state === 'answered' && ++answered === K) {
        distance = candidate.distance;
        break;
      }
    }
    this.#isWidening = distance > (this.#isCareful ? HARDLY_CHANCE : SUSPICIOUS) * expectedDistance;
    if (!this.#isWidening || this.#astray >= MAX_ASTRAY) return undefined;
    if (this.#astray++ === 0) {
      for (const { id, endpoint } of this.options.spares?.() ?? [])
        this.#add(id, endpoint.compact, 1, this.#roots++);
    }
    return this.#next(MAX_CANDIDATES);
  }

  /** The nearest fresh candidate among the `window` nearest that have not failed. */
  #next(window: number = K): Candidate | undefined {
    let [seen, unbound] = [0, 0];
    for (const candidate of this.#candidates) {
      if (candidate.state === 'failed' || candidate.state === 'late') continue;
      if (!candidate.isBound && ++unbound > MAX_UNBOUND) continue;
      // Beyond the window only those count that a crowd has pushed out of it.
      if (seen >= window && !this.#isCrowdedOut(seen, candidate)) return undefined;
      if (candidate.state === 'fresh') return candidate;
      if (++seen === K) this.#kthDistance = candidate.distance;
    }
    return this.#strangers.find((stranger) => stranger.state === 'fresh');
  }

  /**
   * Where far more nodes stand than chance puts there, somebody chose his addresses to stand there. Who stands as near as the
   * K-th should be, counts then as well: among many Sybils the honest are found by taking them all.
   */
  #isCrowdedOut(taken: number, candidate: Candidate): boolean {
    const { expectedDistance } = this.options;
    if (expectedDistance === undefined || taken >= MAX_CROWD || this.options.parallel !== undefined)
      return false;
    return (
      this.#kthDistance < expectedDistance / CROWDED && candidate.distance <= CROWD_RADIUS * expectedDistance
    );
  }

  #finish(now: Instant): void {
    if (this.isDone) return;
    this.isDone = true;
    const closest: Answered[] = [];
    let unbound = 0;
    let distance: number | undefined;
    for (const candidate of this.#candidates) {
      if (candidate.answer === undefined) continue;
      if (!candidate.isBound && ++unbound > MAX_UNBOUND) continue;
      if (closest.length >= K && !this.#isCrowdedOut(closest.length, candidate)) break;
      closest.push(candidate.answer);
      if (closest.length !== K) continue;
      distance = candidate.distance;
      this.#kthDistance = distance;
    }
    this.options.onDone(now, {
      distance,
      closest,
      queries: this.#queries,
      answers: this.#answers,
      durationMs: now - this.#startedAt,
    });
  }
}

/** Neighbours of one machine or home differ by port, strangers by host. */
function hostKey(address: Bytes, isLocal: boolean): number | string {
  const { length } = address;
  if (length !== 6) return toByteString(isLocal ? address : address.subarray(0, length - 2));
  return readUint32(address, 0) + (isLocal ? 0x1_0000_0000 * readUint16(address, 4) : 0);
}
