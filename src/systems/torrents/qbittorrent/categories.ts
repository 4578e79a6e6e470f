/**
 * Categories and tags. Both are labels of a share: a category is a label that has settings of its own, of which a share
 * has one at most; the others are tags.
 */
import { ShoalError } from '../../../ground/errors.ts';
import { requireFolders } from '../roster/folders.ts';
import type { Held } from '../roster/held.ts';
import type { Session } from '../roster/session.ts';
import { labelOf } from '../core/settings.ts';
import { type Form, sharesOf } from './form.ts';
import type { Endpoints } from './endpoints.ts';
import { categoryOf, tagsOf } from './torrents.ts';

export function categoriesOf({ settings }: Session): object {
  const entries = Object.entries(settings.labels);
  return Object.fromEntries(entries.map(([name, { folder }]) => [name, { name, savePath: folder ?? '' }]));
}

/** Those that a share has, and those that were made for later. */
export function allTagsOf(session: Session): string[] {
  return [
    ...new Set([...session.settings.tags, ...session.all.flatMap((held) => tagsOf(session, held))]),
  ].sort();
}

/** A label that has settings from now on. */
export function makeCategory(session: Session, name: string): void {
  const { labels } = session.settings;
  if (labelOf(labels, name) === undefined) session.configure({ labels: { ...labels, [name]: {} } });
}

/** Makes the tags known that no share has yet. */
function makeTags(session: Session, tags: readonly string[]): void {
  const known = new Set(session.settings.tags);
  if (tags.some((tag) => !known.has(tag))) session.configure({ tags: [...new Set([...known, ...tags])] });
}

function relabel(
  session: Session,
  held: Held,
  change: (labels: readonly string[]) => readonly string[],
): void {
  session.change(held, { labels: [...new Set(change(held.entry.wishes.labels))] });
}

export function addCategories({ read, act }: Endpoints, session: Session): void {
  read('torrents/categories', () => categoriesOf(session));
  act('torrents/createCategory', async (form) => {
    const name = form.require('category');
    if (labelOf(session.settings.labels, name) !== undefined)
      throw new ShoalError('name-conflict', `there is a category "${name}" already: edit it`);
    await put(session, form);
  });
  act('torrents/editCategory', async (form) => {
    const name = form.require('category');
    if (labelOf(session.settings.labels, name) === undefined)
      throw new ShoalError('unsupported', `there is no category "${name}": create it`);
    await put(session, form);
  });
  act('torrents/removeCategories', (form) => {
    form.requireAny('categories');
    const gone = new Set(form.list('categories', '\n'));
    for (const held of session.all)
      if (gone.has(categoryOf(session, held)))
        relabel(session, held, (labels) => labels.filter((label) => !gone.has(label)));
    const kept = Object.entries(session.settings.labels).filter(([name]) => !gone.has(name));
    session.configure({ labels: Object.fromEntries(kept) });
  });
  act('torrents/setCategory', (form) => {
    form.requireAny('category');
    const name = form.text('category');
    if (name !== undefined) makeCategory(session, name);
    for (const held of sharesOf(session, form)) {
      const before = categoryOf(session, held);
      relabel(session, held, (labels) => [
        ...(name === undefined ? [] : [name]),
        ...labels.filter((label) => label !== before),
      ]);
    }
  });
}

async function put(session: Session, form: Form): Promise<void> {
  const name = form.require('category');
  if (form.flag('downloadPathEnabled') === true || form.text('downloadPath') !== undefined)
    throw new ShoalError('unsupported', 'a category has no folder for unfinished shares');
  const { labels } = session.settings;
  const folder = form.folder('savePath') ?? null;
  const change = { labels: { ...labels, [name]: { ...labelOf(labels, name), folder } } };
  await requireFolders(change, session.settings);
  session.configure(change);
}

export function addTags({ read, act }: Endpoints, session: Session): void {
  read('torrents/tags', () => allTagsOf(session));
  const tagsIn = (form: Form): string[] => form.list('tags', ',');
  act('torrents/addTags', (form) => {
    form.requireAny('tags');
    const tags = tagsIn(form);
    makeTags(session, tags);
    for (const held of sharesOf(session, form)) relabel(session, held, (labels) => [...labels, ...tags]);
  });
  act('torrents/removeTags', (form) => {
    const tags = tagsIn(form);
    for (const held of sharesOf(session, form))
      relabel(session, held, (labels) => {
        const gone = tags.length === 0 ? tagsOf(session, held) : tags;
        return labels.filter((label) => !gone.includes(label));
      });
  });
  act('torrents/setTags', (form) => {
    form.requireAny('tags');
    const tags = tagsIn(form);
    makeTags(session, tags);
    for (const held of sharesOf(session, form)) {
      const category = categoryOf(session, held);
      relabel(session, held, () => [...(category === '' ? [] : [category]), ...tags]);
    }
  });
  act('torrents/createTags', (form) => {
    form.requireAny('tags');
    makeTags(session, tagsIn(form));
  });
  act('torrents/deleteTags', (form) => {
    form.requireAny('tags');
    const gone = tagsIn(form);
    for (const held of session.all)
      if (tagsOf(session, held).some((tag) => gone.includes(tag)))
        relabel(session, held, (labels) => labels.filter((label) => !gone.includes(label)));
    session.configure({ tags: session.settings.tags.filter((tag) => !gone.includes(tag)) });
  });
}
