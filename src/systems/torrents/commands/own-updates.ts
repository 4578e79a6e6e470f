/** Publishes and follows by a peer in the command's own process: see `update-service.ts`. */
import { toHex } from '../../../ground/bytes.ts';
import { resolvePeers } from '../../../net/link/node/resolve-peers.ts';
import { parseUpdateLink } from '../../../data/content/update-link.ts';
import { ShoalError } from '../../../ground/errors.ts';
import { Follower } from '../share/follow.ts';
import type { ShoalPeer } from '../share/peer.ts';
import { Publication, type PublishedStatus } from '../share/publish.ts';
import { reportOn } from '../share/report.ts';
import type { Share } from '../share/share.ts';
import type { OpenedPeer } from './open-peer.ts';
import type {
  ServedFollowEvent,
  FollowRequest,
  PublishRequest,
  ServedFollow,
  ServedPublication,
  UpdateService,
} from './update-service.ts';

/** A sequence number is chosen without an answer of the DHT after this. */
const READY_MS = 4000;

export class OwnUpdates implements UpdateService {
  readonly isDaemon = false;
  readonly #opened: OpenedPeer;
  #publication: Publication | undefined;

  constructor(opened: OpenedPeer) {
    this.#opened = opened;
  }

  get port(): number {
    return this.#opened.peer.port;
  }

  async publish(request: PublishRequest): Promise<ServedPublication> {
    const { name, path, key, pieceLength, signal } = request;
    const { peer } = this.#opened;
    const { network } = peer.state;
    const last = network.loadPublication(toHex(key.publicKey), name);
    // The same pieces as last time, or followers could reuse whole files only.
    const pieces = pieceLength ?? last?.pieceLength;
    const share = await peer.share(path, {
      signal,
      onProgress: request.onProgress,
      ...(pieces === undefined ? {} : { pieceLength: pieces }),
    });
    share.onNotice = request.onDetail;
    await peer.dht!.waitUntilReady(READY_MS, signal);
    const publication = await Publication.open(peer.dht!, network, share, { key, name }, signal);
    this.#publication = publication;
    const { link, sequence } = publication;
    return {
      number: undefined,
      link,
      sequence,
      path: share.folder,
      size: share.status().totalBytes,
      hold: (onPut) => hold(publication, share, request, onPut),
    };
  }

  async follow(request: FollowRequest): Promise<ServedFollow> {
    const stop = new AbortController();
    const signal = AbortSignal.any([request.signal, stop.signal]);
    const peers = await resolvePeers(request.peers);
    return {
      number: undefined,
      events: () => follow(this.#opened.peer, { ...request, peers, signal }),
      end: async () => stop.abort(),
    };
  }

  async close(): Promise<void> {
    this.#publication?.stop();
    await this.#opened.close();
  }
}

async function hold(
  publication: Publication,
  share: Share,
  { signal, intervalMs, hasMap, onReport }: PublishRequest,
  onPut: (status: PublishedStatus) => void,
): Promise<void> {
  publication.onPut = onPut;
  await publication.start();
  for await (const status of share.progress({ intervalMs, signal })) {
    onReport(reportOn(share, status, hasMap));
    if (status.phase === 'failed') await share.done;
  }
}

async function* follow(peer: ShoalPeer, request: FollowRequest): AsyncGenerator<ServedFollowEvent> {
  const { folder, everySeconds, peers, signal, onDetail } = request;
  const link = parseUpdateLink(request.link);
  if (!link.ok) throw ShoalError.fromMalformed('bad-link', 'this is no link to a publication', link.error);
  const options = { link: link.value, outputDir: folder, everySeconds, peers, signal, onNotice: onDetail };
  let reporting: Promise<void> = Promise.resolve();
  for await (const event of new Follower(peer, options).run()) {
    if (event.type !== 'fetching') {
      await reporting;
      yield event;
      continue;
    }
    yield { type: event.type, sequence: event.sequence };
    reporting = report(event.share, request);
  }
}

async function report(share: Share, { intervalMs, hasMap, signal, onReport }: FollowRequest): Promise<void> {
  for await (const status of share.progress({ intervalMs, signal })) {
    onReport(reportOn(share, status, hasMap));
    if (status.phase === 'seeding' || status.phase === 'failed') return;
  }
}
