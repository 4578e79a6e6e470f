/** Requests of the views of torrents: the HTTP API of `src/systems/torrents/api`, with its types. */
import type {
  AddRequest,
  BlocklistState,
  ChangeRequest,
  FeedState,
  FileSummary,
  FollowSummary,
  LogLine,
  PeerSettings,
  PeerState,
  PeerSummary,
  Pieces,
  PublicationSummary,
  Rates,
  Removed,
  ShareSummary,
  Trackers,
} from '../../../../src/systems/torrents/api/types.ts';
import { ApiError, ask, askFully, offline } from '../../shell/request.ts';

export type * from '../../../../src/systems/torrents/api/types.ts';

export const api = {
  /** Status 201 is a new share, 200 one that was there already. */
  add: async (request: AddRequest): Promise<{ readonly share: ShareSummary; readonly isNew: boolean }> => {
    const { status, answer } = await askFully<ShareSummary>('POST', 'shares', request);
    return { share: answer, isNew: status === 201 };
  },
  change: (id: number, change: ChangeRequest): Promise<ShareSummary> => ask('PATCH', `shares/${id}`, change),
  recheck: (id: number): Promise<ShareSummary> => ask('POST', `shares/${id}/recheck`),
  /** @returns what became of the data, when `withData` is set */
  remove: (id: number, withData: boolean): Promise<Removed | undefined> =>
    ask('DELETE', `shares/${id}?data=${withData}`),
  files: async (id: number): Promise<readonly FileSummary[]> =>
    (await ask<{ files: FileSummary[] }>('GET', `shares/${id}/files`)).files,
  peers: async (id: number): Promise<readonly PeerSummary[]> =>
    (await ask<{ peers: PeerSummary[] }>('GET', `shares/${id}/peers`)).peers,
  trackers: (id: number): Promise<Trackers> => ask('GET', `shares/${id}/trackers`),
  pieces: (id: number, cells: number): Promise<Pieces> => ask('GET', `shares/${id}/pieces?cells=${cells}`),
  rates: (id: number): Promise<Rates> => ask('GET', `shares/${id}/rates`),
  blocklist: (): Promise<BlocklistState> => ask('GET', 'blocklist'),
  feeds: async (): Promise<readonly FeedState[]> => (await ask<{ feeds: FeedState[] }>('GET', 'feeds')).feeds,
  allRates: (): Promise<Rates> => ask('GET', 'rates'),
  log: async (id: number): Promise<readonly LogLine[]> =>
    (await ask<{ lines: LogLine[] }>('GET', `shares/${id}/log`)).lines,
  status: (): Promise<PeerState> => ask('GET', 'status'),
  settings: (): Promise<PeerSettings> => ask('GET', 'settings'),
  /** The same name again makes a new version. It resolves when all is read, which takes its time. */
  publish: (request: {
    readonly name: string;
    readonly path: string;
    readonly keyName?: string;
  }): Promise<PublicationSummary> => ask('POST', 'publications', request),
  stopPublishing: (id: number): Promise<void> => ask('DELETE', `publications/${id}`),
  /** One that is followed there already looks for a newer version now. */
  follow: async (request: {
    readonly link: string;
    readonly folder: string;
  }): Promise<{ readonly follow: FollowSummary; readonly isNew: boolean }> => {
    const { status, answer } = await askFully<FollowSummary>('POST', 'follows', request);
    return { follow: answer, isNew: status === 201 };
  },
  stopFollowing: (id: number): Promise<void> => ask('DELETE', `follows/${id}`),
  configure: (change: Partial<PeerSettings>): Promise<PeerSettings> => ask('PATCH', 'settings', change),
};

/** Sends files of this browser to the daemon, which shares them. @param onProgress gets the bytes sent, and of how many */
export async function upload(
  name: string,
  files: readonly { readonly path: string; readonly file: File }[],
  onProgress: (sent: number, total: number) => void,
  signal: AbortSignal,
): Promise<ShareSummary> {
  const { upload: id } = await ask<{ upload: string }>('POST', 'uploads', { name });
  const total = files.reduce((sum, { file }) => sum + file.size, 0);
  let before = 0;
  try {
    for (const { path, file } of files) {
      const url = `/api/v1/uploads/${id}/files/${path.split('/').map(encodeURIComponent).join('/')}`;
      await send(url, file, (sent) => onProgress(before + sent, total), signal);
      before += file.size;
    }
    return await ask<ShareSummary>('POST', `uploads/${id}/share`, {});
  } catch (error) {
    await ask('DELETE', `uploads/${id}`).catch(() => {});
    throw error;
  }
}

/** `XMLHttpRequest`, since `fetch` reports no progress of an upload. */
function send(url: string, file: File, onSent: (bytes: number) => void, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('PUT', url);
    request.setRequestHeader('content-type', 'application/octet-stream');
    request.upload.onprogress = (event) => onSent(event.loaded);
    request.onload = () => {
      if (request.status === 204) return resolve();
      const answer = parse(request.responseText);
      reject(new ApiError(request.status, answer.code ?? 'bug', answer.message ?? request.statusText));
    };
    request.onerror = () => reject(offline());
    request.onabort = () => reject(new ApiError(0, 'aborted', 'stopped'));
    signal.addEventListener('abort', () => request.abort(), { once: true });
    request.send(file);
  });
}

function parse(text: string): { readonly code?: string; readonly message?: string } {
  try {
    return JSON.parse(text) as object;
  } catch {
    return {};
  }
}
