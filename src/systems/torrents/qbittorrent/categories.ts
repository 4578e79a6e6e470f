/**
 * Categories and tags. Both are labels of a share. A category is a label with settings of its own, and a share has at
 * most one; the other labels are tags.
 */
import { ShoalError } from '../../../ground/errors.ts';
import { requireFolders } from '../roster/folders.ts';
import type { RosterEntry } from '../roster/entry.ts';
import type { Roster } from '../roster/roster.ts';
import { labelOf } from '../settings.ts';
import { type Form, sharesOf } from './form.ts';
import type { Endpoints } from './endpoints.ts';
import { categoryOf, tagsOf } from './torrents.ts';

export function categoriesOf({ settings }: Roster): object {
  const entries = Object.entries(settings.labels);
  return Object.fromEntries(entries.map(([name, { folder }]) => [name, { name, savePath: folder ?? '' }]));
}

/** The tags of all shares, and those that no share has yet. */
export function allTagsOf(roster: Roster): string[] {
  return [
    ...new Set([...roster.settings.tags, ...roster.all.flatMap((entry) => tagsOf(roster, entry))]),
  ].sort();
}

/** Turns a label into a category. */
export function makeCategory(roster: Roster, name: string): void {
  const { labels } = roster.settings;
  if (labelOf(labels, name) === undefined) roster.configure({ labels: { ...labels, [name]: {} } });
}

/** Keeps tags that no share has yet. */
function makeTags(roster: Roster, tags: readonly string[]): void {
  const known = new Set(roster.settings.tags);
  if (tags.some((tag) => !known.has(tag))) roster.configure({ tags: [...new Set([...known, ...tags])] });
}

function relabel(
  roster: Roster,
  entry: RosterEntry,
  change: (labels: readonly string[]) => readonly string[],
): void {
  roster.change(entry, { labels: [...new Set(change(entry.stored.preferences.labels))] });
}

export function addCategories({ read, act }: Endpoints, roster: Roster): void {
  read('torrents/categories', () => categoriesOf(roster));
  act('torrents/createCategory', async (form) => {
    const name = form.require('category');
    if (labelOf(roster.settings.labels, name) !== undefined)
      throw new ShoalError('name-conflict', `there is a category "${name}" already: edit it`);
    await put(roster, form);
  });
  act('torrents/editCategory', async (form) => {
    const name = form.require('category');
    if (labelOf(roster.settings.labels, name) === undefined)
      throw new ShoalError('unsupported', `there is no category "${name}": create it`);
    await put(roster, form);
  });
  act('torrents/removeCategories', (form) => {
    form.requireAny('categories');
    const gone = new Set(form.list('categories', '\n'));
    for (const entry of roster.all)
      if (gone.has(categoryOf(roster, entry)))
        relabel(roster, entry, (labels) => labels.filter((label) => !gone.has(label)));
    const kept = Object.entries(roster.settings.labels).filter(([name]) => !gone.has(name));
    roster.configure({ labels: Object.fromEntries(kept) });
  });
  act('torrents/setCategory', (form) => {
    form.requireAny('category');
    const name = form.text('category');
    if (name !== undefined) makeCategory(roster, name);
    for (const entry of sharesOf(roster, form)) {
      const before = categoryOf(roster, entry);
      relabel(roster, entry, (labels) => [
        ...(name === undefined ? [] : [name]),
        ...labels.filter((label) => label !== before),
      ]);
    }
  });
}

async function put(roster: Roster, form: Form): Promise<void> {
  const name = form.require('category');
  if (form.flag('downloadPathEnabled') === true || form.text('downloadPath') !== undefined)
    throw new ShoalError('unsupported', 'a category has no folder for unfinished shares');
  const { labels } = roster.settings;
  const folder = form.folder('savePath') ?? null;
  const change = { labels: { ...labels, [name]: { ...labelOf(labels, name), folder } } };
  await requireFolders(change, roster.settings);
  roster.configure(change);
}

export function addTags({ read, act }: Endpoints, roster: Roster): void {
  read('torrents/tags', () => allTagsOf(roster));
  const tagsIn = (form: Form): string[] => form.list('tags', ',');
  act('torrents/addTags', (form) => {
    form.requireAny('tags');
    const tags = tagsIn(form);
    makeTags(roster, tags);
    for (const entry of sharesOf(roster, form)) relabel(roster, entry, (labels) => [...labels, ...tags]);
  });
  act('torrents/removeTags', (form) => {
    const tags = tagsIn(form);
    for (const entry of sharesOf(roster, form))
      relabel(roster, entry, (labels) => {
        const gone = tags.length === 0 ? tagsOf(roster, entry) : tags;
        return labels.filter((label) => !gone.includes(label));
      });
  });
  act('torrents/setTags', (form) => {
    form.requireAny('tags');
    const tags = tagsIn(form);
    makeTags(roster, tags);
    for (const entry of sharesOf(roster, form)) {
      const category = categoryOf(roster, entry);
      relabel(roster, entry, () => [...(category === '' ? [] : [category]), ...tags]);
    }
  });
  act('torrents/createTags', (form) => {
    form.requireAny('tags');
    makeTags(roster, tagsIn(form));
  });
  act('torrents/deleteTags', (form) => {
    form.requireAny('tags');
    const gone = tagsIn(form);
    for (const entry of roster.all)
      if (tagsOf(roster, entry).some((tag) => gone.includes(tag)))
        relabel(roster, entry, (labels) => labels.filter((label) => !gone.includes(label)));
    roster.configure({ tags: roster.settings.tags.filter((tag) => !gone.includes(tag)) });
  });
}
