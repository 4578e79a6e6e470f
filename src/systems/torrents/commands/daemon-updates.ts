/** Has the daemon publish and follow, over its API: see `update-service.ts`. */
import { resolve } from 'node:path';
import { ShoalError } from '../../../ground/errors.ts';
import type { FollowSummary, PublicationSummary } from '../api/types.ts';
import type { PublishedStatus } from '../share/publish.ts';
import type { ShareReport } from '../share/report.ts';
import type { ShareTrouble } from '../share/status.ts';
import { formatPeer, hasEnded, whileHashing } from './daemon-requests.ts';
import type { ReachedDaemon } from './reach-daemon.ts';
import type {
  ServedFollowEvent,
  FollowRequest,
  PublishRequest,
  ServedFollow,
  ServedPublication,
  UpdateService,
} from './update-service.ts';

const STATUS_CREATED = 201;

export class DaemonUpdates implements UpdateService {
  readonly isDaemon = true;
  readonly #daemon: ReachedDaemon;

  constructor(daemon: ReachedDaemon) {
    this.#daemon = daemon;
  }

  get port(): number {
    return this.#daemon.status.peerPort;
  }

  async publish(request: PublishRequest): Promise<ServedPublication> {
    const { name, path, key, pieceLength, uploadLimit, usesLsd } = request;
    const asked = this.#daemon.ask('POST', '/api/v1/publications', {
      name,
      path: resolve(path),
      keyName: key.name,
      ...(pieceLength === undefined ? {} : { pieceLength }),
      ...(uploadLimit === undefined ? {} : { uploadLimit }),
      ...(usesLsd === undefined ? {} : { usesLsd }),
    });
    const published = (await whileHashing(this.#daemon, request, asked)) as PublicationSummary;
    return {
      number: published.id,
      link: published.link,
      sequence: published.sequence!,
      path: published.path!,
      size: published.size,
      hold: (onPut) => this.#untilPut(published.id, onPut, request.signal),
    };
  }

  async #untilPut(id: number, onPut: (status: PublishedStatus) => void, signal: AbortSignal): Promise<void> {
    for await (const { event, data } of this.#daemon.listen(`/api/v1/publications/${id}/watch`)) {
      if (event === 'removed') return;
      const { putAt, sequence, stored, isSuperseded } = data as PublicationSummary;
      if (putAt === null) continue;
      onPut({ sequence: sequence!, stored: stored ?? 0, isSuperseded });
      return;
    }
    if (!signal.aborted) throw hasEnded('it signs this version');
  }

  async follow(request: FollowRequest): Promise<ServedFollow> {
    const { link, folder, everySeconds, peers, downloadLimit, uploadLimit, usesLsd } = request;
    const { status, answer } = await this.#daemon.askFully('POST', '/api/v1/follows', {
      link,
      folder: resolve(folder),
      peers: peers.map(formatPeer),
      ...(everySeconds === undefined ? {} : { everySeconds }),
      ...(downloadLimit === undefined ? {} : { downloadLimit }),
      ...(uploadLimit === undefined ? {} : { uploadLimit }),
      ...(usesLsd === undefined ? {} : { usesLsd }),
    });
    const { id, events, state, share } = answer as FollowSummary;
    // The command would wait for a version that waits for a person.
    if (state === 'paused') await this.#daemon.ask('PATCH', `/api/v1/shares/${share}`, { isPaused: false });
    const isNew = status === STATUS_CREATED;
    const end = async (): Promise<void> => {
      if (isNew) await this.#daemon.ask('DELETE', `/api/v1/follows/${id}`);
    };
    return { number: id, events: () => this.#events(id, events, request, end), end };
  }

  async close(): Promise<void> {}

  async *#events(
    id: number,
    after: number,
    { intervalMs, hasMap, onReport, signal }: FollowRequest,
    end: () => Promise<void>,
  ): AsyncGenerator<ServedFollowEvent> {
    const query = `after=${after}&intervalMs=${intervalMs}&map=${hasMap}`;
    for await (const { event, data } of this.#daemon.listen(`/api/v1/follows/${id}/watch?${query}`)) {
      if (event === 'removed') return;
      if (event === 'report') onReport(data as ShareReport);
      else if (event === 'failed') {
        const { code, message } = (data as { readonly trouble: ShareTrouble }).trouble;
        await end();
        throw new ShoalError(code, message);
      } else yield { type: event, kept: undefined, ...(data as object) } as ServedFollowEvent;
    }
    if (!signal.aborted) throw hasEnded(`it goes on with follow ${id}`);
  }
}
