/**
 * Metadata exchange (BEP 9): fetches the info dictionary of a magnet link from peers, and serves ours.
 *
 * Peers may lie about size or content. Blocks are kept per claimed size; when an assembly fails its hash, the next
 * attempt takes all blocks from one peer, so that a second failure names the liar.
 */
import { concatBytes, copyBytes } from '../../../../ground/bytes.ts';
import type { ConnectionId, Instant } from '../../../../ground/units.ts';
import { decodeMetadataMessage, encodeMetadataMessage, METADATA_BLOCK_LENGTH } from '../wire/extensions.ts';
import type { SwarmContext } from './context.ts';
import type { Peer } from './peer.ts';

/** The info dictionary of a million files has some 100 MiB; peers get less credit than files. */
export const MAX_METADATA_BYTES: number = 64 * 1024 * 1024;
const REQUEST_TIMEOUT_MS = 10_000;
const REQUESTS_PER_PEER = 4;
const REFUSAL_MS = 20_000;
/** Without a block for so long another size, and another peer, are tried. */
const STUCK_MS = 5000;
/** A peer may fetch the metadata about so many times over one connection. */
const SERVE_FACTOR = 3;

interface Asked {
  readonly peer: ConnectionId;
  readonly at: Instant;
}

interface Assembly {
  readonly size: number;
  readonly blocks: (Uint8Array | undefined)[];
  readonly sources: Set<ConnectionId>;
  readonly asked: Map<number, Asked>;
  missing: number;
  exclusiveTo: ConnectionId | undefined;
  progressAt: Instant;
}

export class MetadataExchange {
  readonly #context: SwarmContext;
  /** Checks assembled bytes against the info hash; true ends the fetch. */
  readonly #accept: (infoBytes: Uint8Array) => boolean;
  #assembly: Assembly | undefined;
  #mustBeExclusive = false;
  #isDone: boolean;
  /** Peers that rejected or let us wait, and until when they are not asked again. */
  readonly #refused = new Map<ConnectionId, Instant>();

  /** @param isNeeded false when the metadata is known already: then it is only served */
  constructor(context: SwarmContext, isNeeded: boolean, accept: (infoBytes: Uint8Array) => boolean) {
    this.#isDone = !isNeeded;
    this.#context = context;
    this.#accept = accept;
  }

  /** 0 to 1, for people. */
  get progress(): number {
    const assembly = this.#assembly;
    return assembly === undefined ? 0 : 1 - assembly.missing / assembly.blocks.length;
  }

  handleMessage(peer: Peer, payload: Uint8Array): void {
    const decoded = decodeMetadataMessage(payload);
    if (!decoded.ok) {
      this.#context.close(peer, { ...decoded.error, guilty: 'them' });
      return;
    }
    const message = decoded.value;
    if (message.type === 'request') this.#serve(peer, message.block);
    else if (message.type === 'reject') {
      this.#refused.set(peer.id, this.#context.now + REFUSAL_MS);
      this.#forget(peer.id);
      this.request();
    } else this.#handleData(peer, message.block, message.totalSize, message.data);
  }

  #serve(peer: Peer, block: number): void {
    const { content } = this.#context;
    const id = peer.extensions.metadataId;
    if (id === undefined) return;
    const infoBytes = content?.metainfo.infoBytes;
    const start = block * METADATA_BLOCK_LENGTH;
    const blocks = infoBytes === undefined ? 0 : Math.ceil(infoBytes.length / METADATA_BLOCK_LENGTH);
    if (infoBytes === undefined || start >= infoBytes.length || peer.metadataServed > SERVE_FACTOR * blocks) {
      const blame = peer.conduct.blameIdleTalk(this.#context.now, 'metadata requests');
      if (blame !== undefined) return this.#context.close(peer, blame);
      this.#context.to(peer).extended(id, encodeMetadataMessage({ type: 'reject', block }));
      return;
    }
    peer.metadataServed++;
    const data = infoBytes.subarray(start, start + METADATA_BLOCK_LENGTH);
    const message = encodeMetadataMessage({ type: 'data', block, totalSize: infoBytes.length, data });
    this.#context.to(peer).extended(id, message);
  }

  #handleData(peer: Peer, block: number, totalSize: number, data: Uint8Array): void {
    const assembly = this.#assembly;
    if (assembly === undefined || assembly.asked.get(block)?.peer !== peer.id) {
      const blame = peer.conduct.blameIdleTalk(this.#context.now, 'metadata that nobody asked for');
      if (blame !== undefined) this.#context.close(peer, blame);
      return;
    }
    assembly.asked.delete(block);
    const expected = Math.min(METADATA_BLOCK_LENGTH, assembly.size - block * METADATA_BLOCK_LENGTH);
    if (totalSize !== assembly.size || data.length !== expected) {
      const message = 'it sent a metadata block of another size than it announced (BEP 9)';
      this.#context.close(peer, { code: 'metadata-size', message, guilty: 'them', ban: true });
      return;
    }
    assembly.blocks[block] = copyBytes(data);
    assembly.progressAt = this.#context.now;
    assembly.sources.add(peer.id);
    assembly.missing--;
    if (assembly.missing === 0) this.#finish(assembly);
    else this.request();
  }

  #finish(assembly: Assembly): void {
    this.#assembly = undefined;
    this.#isDone = this.#accept(concatBytes(assembly.blocks as Uint8Array[]));
    if (this.#isDone) return;
    this.#mustBeExclusive = true;
    if (assembly.sources.size === 1) {
      const peer = this.#context.peers.get([...assembly.sources][0]!);
      const message = 'it sent metadata that does not hash to the info hash (BEP 9)';
      if (peer !== undefined)
        this.#context.close(peer, { code: 'metadata-wrong', message, guilty: 'them', ban: true });
    }
    this.request();
  }

  /** Asks for what is missing, wherever it may be had. Called when peers come, answer or time out. */
  request(): void {
    if (this.#isDone || this.#context.content !== undefined) return;
    this.#assembly ??= this.#begin();
    const assembly = this.#assembly;
    if (assembly === undefined) return;
    for (const peer of this.#context.peers.values()) {
      if (!this.#canServe(peer) || peer.extensions.metadataSize !== assembly.size) continue;
      if (assembly.exclusiveTo !== undefined && assembly.exclusiveTo !== peer.id) continue;
      let outstanding = 0;
      for (const asked of assembly.asked.values()) if (asked.peer === peer.id) outstanding++;
      for (let block = 0; block < assembly.blocks.length && outstanding < REQUESTS_PER_PEER; block++) {
        if (assembly.blocks[block] !== undefined || assembly.asked.has(block)) continue;
        assembly.asked.set(block, { peer: peer.id, at: this.#context.now });
        const message = encodeMetadataMessage({ type: 'request', block });
        this.#context.to(peer).extended(peer.extensions.metadataId!, message);
        outstanding++;
      }
    }
  }

  #canServe(peer: Peer): boolean {
    const { metadataId, metadataSize } = peer.extensions;
    if (!peer.isOpen || metadataId === undefined || this.#isRefused(peer.id)) return false;
    return metadataSize !== undefined && metadataSize > 0 && metadataSize <= MAX_METADATA_BYTES;
  }

  #isRefused(id: ConnectionId): boolean {
    return (this.#refused.get(id) ?? Number.NEGATIVE_INFINITY) > this.#context.now;
  }

  /** The size that most peers claim, or that of one peer drawn by lot after a failure. */
  #begin(): Assembly | undefined {
    const votes = new Map<number, ConnectionId[]>();
    for (const peer of this.#context.peers.values()) {
      if (!this.#canServe(peer)) continue;
      const size = peer.extensions.metadataSize!;
      votes.set(size, [...(votes.get(size) ?? []), peer.id]);
    }
    const ranked = [...votes].sort((a, b) => b[1].length - a[1].length);
    const chosen = this.#mustBeExclusive
      ? ranked[this.#context.prng.below(Math.max(1, ranked.length))]
      : ranked[0];
    if (chosen === undefined) return undefined;
    const [size, ids] = chosen;
    const count = Math.ceil(size / METADATA_BLOCK_LENGTH);
    return {
      size,
      blocks: new Array<Uint8Array | undefined>(count).fill(undefined),
      sources: new Set(),
      asked: new Map(),
      missing: count,
      progressAt: this.#context.now,
      exclusiveTo: this.#mustBeExclusive ? ids[this.#context.prng.below(ids.length)] : undefined,
    };
  }

  handleClosed(peer: Peer): void {
    this.#refused.delete(peer.id);
    this.#forget(peer.id);
  }

  #forget(id: ConnectionId): void {
    const assembly = this.#assembly;
    if (assembly === undefined) return;
    for (const [block, asked] of assembly.asked) if (asked.peer === id) assembly.asked.delete(block);
    const serves = (peer: Peer): boolean =>
      this.#canServe(peer) && peer.extensions.metadataSize === assembly.size;
    const isStuck = assembly.exclusiveTo === id || ![...this.#context.peers.values()].some(serves);
    if (isStuck) this.#assembly = undefined;
  }

  handleTick(now: Instant): void {
    const assembly = this.#assembly;
    if (assembly === undefined) return this.request();
    if (now - assembly.progressAt >= STUCK_MS) {
      // However many claim this size, they do not send it.
      this.#assembly = undefined;
      this.#mustBeExclusive = true;
      return this.request();
    }
    let isLate = false;
    for (const [block, asked] of assembly.asked) {
      if (now - asked.at < REQUEST_TIMEOUT_MS) continue;
      isLate = true;
      assembly.asked.delete(block);
      this.#refused.set(asked.peer, now + REFUSAL_MS);
    }
    if (!isLate) return;
    if (assembly.exclusiveTo !== undefined && this.#isRefused(assembly.exclusiveTo))
      this.#assembly = undefined;
    this.request();
  }
}
