/** Adding what people bring: links, torrent files, their own files and folders. */
import { api, type ShareSummary, upload } from '../api.ts';
import { getText } from '../texts/index.ts';
import { complain, notify } from '../../../shell/notices.ts';
import { announce as announceOther, handOver, type LinkOptions } from '../../../shell/links.ts';
import { go } from '../../../shell/navigate.ts';
import type { DroppedFile } from '../../../shell/dropped-files.ts';
import { shareAddress } from '../addresses.ts';
import { store } from '../store.ts';
import { ui } from '../ui.ts';
import { trackUpload } from './uploads.ts';

/** The name of this system. */
const SYSTEM = 'torrents';

function announce({ share, isNew }: { readonly share: ShareSummary; readonly isNew: boolean }): void {
  store.put(share);
  const text = getText();
  notify(isNew ? text.addedNow(share.name) : text.thereAlready(share.name), {
    address: shareAddress(share.id),
  });
}

/**
 * Hands a link to the system that takes it, which may be another one.
 * @param isAlone false for one of several: the page does not open it
 */
export async function addLink(link: string, options: LinkOptions, isAlone: boolean): Promise<void> {
  const { opened, isNew } = await handOver(link, options);
  if (opened.system !== SYSTEM) return announceOther(opened);
  const share = opened.item as ShareSummary;
  announce({ share, isNew });
  if (isAlone) go(shareAddress(share.id));
}

export async function addPath(path: string): Promise<void> {
  const { share, isNew } = await api.add({ path });
  store.put(share);
  if (!isNew) notify(getText().thereAlready(share.name));
  ui.send(share.id);
}

/** Fetches what torrent files describe; shares all other files as one share. */
export async function addFiles(files: readonly DroppedFile[]): Promise<void> {
  const torrents = files.filter(({ file }) => file.name.toLowerCase().endsWith('.torrent'));
  const others = files.filter((one) => !torrents.includes(one));
  for (const { file } of torrents) {
    try {
      announce(await api.add({ torrent: await toBase64(file) }));
    } catch (error) {
      complain(error);
    }
  }
  if (others.length > 0) await shareFiles(others);
}

async function shareFiles(files: readonly DroppedFile[]): Promise<void> {
  const name = nameOf(files);
  const abort = new AbortController();
  const tracked = trackUpload(name, () => abort.abort());
  try {
    // When all files lie in one folder, that folder is the share.
    const root = `${name}/`;
    const isFolder = files.every(({ path }) => path.startsWith(root));
    const inside = files.map(({ path, file }) => ({ path: isFolder ? path.slice(root.length) : path, file }));
    const share = await upload(name, inside, tracked.progress, abort.signal);
    store.put(share);
    ui.send(share.id);
  } catch (error) {
    if (!abort.signal.aborted) complain(error);
  } finally {
    tracked.end();
  }
}

/** The name of the one folder or file; the date for several. */
function nameOf(files: readonly DroppedFile[]): string {
  const tops = new Set(files.map(({ path }) => path.split('/')[0]!));
  if (tops.size === 1) return [...tops][0]!;
  return `Shoal ${new Date().toISOString().slice(0, 10)}`;
}

async function toBase64(file: File): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = '';
  for (let at = 0; at < bytes.length; at += 0x8000)
    text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}
