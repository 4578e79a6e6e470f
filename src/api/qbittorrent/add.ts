/** `torrents/add`: links and torrent files in one form, and what is wanted of them. */
import { splitLinks } from '../../content/link-list.ts';
import { ShoalError } from '../../ground/errors.ts';
import type { AddOptions, Session } from '../../session/session.ts';
import type { Wishes } from '../../storage/wishes.ts';

/**
 * One link that is broken does not keep the others out.
 * @returns whether anything was added
 * @throws ShoalError when nothing was added: why the first could not be
 */
export async function addTorrents(session: Session, body: Buffer, type: string): Promise<boolean> {
  const form = type.startsWith('multipart/')
    ? await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData().catch(() => {
        throw new ShoalError('bad-argument', 'this is no form');
      })
    : formOf(body);
  const text = (name: string): string => {
    const value = form.get(name);
    return typeof value === 'string' ? value.trim() : '';
  };
  const options = optionsOf(session, text);
  let added = 0;
  const failures: unknown[] = [];
  // Whatever the field is called: clients differ.
  for (const [, file] of form) {
    if (typeof file === 'string') continue;
    session.addTorrentBytes(new Uint8Array(await file.arrayBuffer()), options);
    added++;
  }
  for (const link of splitLinks(text('urls'))) {
    try {
      await session.addLink(link, options);
      added++;
    } catch (error) {
      failures.push(error);
    }
  }
  if (added === 0 && failures.length > 0) throw failures[0];
  return added > 0;
}

function formOf(body: Buffer): FormData {
  const form = new FormData();
  for (const [name, value] of new URLSearchParams(body.toString())) form.append(name, value);
  return form;
}

function optionsOf(session: Session, text: (name: string) => string): AddOptions {
  const category = text('category');
  if (category !== '' && session.settings.labels[category] === undefined)
    session.configure({ labels: { ...session.settings.labels, [category]: {} } });
  const tags = text('tags')
    .split(',')
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '');
  const labels = [...(category === '' ? [] : [category]), ...tags];
  const paused = text('paused') || text('stopped');
  const number = (name: string): number | undefined => {
    const value = Number(text(name));
    return text(name) !== '' && Number.isFinite(value) && value > 0 ? value : undefined;
  };
  const wishes: Partial<Wishes> = {
    labels,
    ...(paused === '' ? {} : { isPaused: paused === 'true' }),
    isSequential: text('sequentialDownload') === 'true',
    downloadLimit: number('dlLimit'),
    uploadLimit: number('upLimit'),
    ...(number('ratioLimit') === undefined ? {} : { ratioGoal: number('ratioLimit') }),
    ...(number('inactiveSeedingTimeLimit') === undefined
      ? {}
      : { idleGoal: number('inactiveSeedingTimeLimit') }),
  };
  const folder = text('savepath');
  return { folder: folder === '' ? session.folderFor(labels) : folder, wishes };
}
