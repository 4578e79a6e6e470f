/**
 * RSS and Atom feeds: what appears in one and fits its words is added, once. A feed is fetched as a stranger's page is: with
 * bounds in bytes and time, and not from our own network unless a person allowed that.
 */
import { DomUtils, parseDocument } from 'htmlparser2';
import { fetchForPerson } from '../peer/link-source.ts';
import type { Feed, Settings } from '../storage/wishes.ts';

export interface FeedItem {
  /** Tells it from others, also when the feed is fetched again. */
  readonly id: string;
  readonly title: string;
  readonly link: string;
}

/** What it needs of the session. */
export interface FeedHost {
  settings(): Settings;
  folderFor(labels: readonly string[]): string;
  addLink(
    link: string,
    options: { readonly folder: string; readonly wishes: { readonly labels: readonly string[] } },
  ): Promise<unknown>;
  /** Remembered over restarts. */
  seen(): readonly string[];
  remember(ids: readonly string[]): void;
}

export interface FeedState {
  readonly at: Date;
  readonly items: readonly FeedItem[];
  readonly trouble: string | undefined;
}

const MAX_FEED_BYTES = 8 * 1024 * 1024;
const MAX_ITEMS = 2000;
/** Of what was added: the oldest are forgotten, and long gone from their feeds. */
const MAX_SEEN = 20_000;
const MAX_ADDED_AT_ONCE = 50;

type Element = ReturnType<typeof DomUtils.getElementsByTagName>[number];

/** The links to torrents in a feed: enclosures before links. */
export function parseFeed(text: string): FeedItem[] {
  const document = parseDocument(text, { xmlMode: true });
  const entries = DomUtils.getElementsByTagName(
    (name) => name === 'item' || name === 'entry',
    document,
    true,
    MAX_ITEMS,
  );
  return entries.flatMap((entry) => {
    const textOf = (name: string): string => {
      const [found] = DomUtils.getElementsByTagName(name, entry.children, true, 1);
      return found === undefined ? '' : DomUtils.textContent(found).trim();
    };
    const link = linkOf(entry, textOf);
    if (link === undefined) return [];
    return [{ id: textOf('guid') || textOf('id') || link, title: textOf('title'), link }];
  });
}

function linkOf(entry: Element, textOf: (name: string) => string): string | undefined {
  const attributes = (name: string, attribute: string): string[] =>
    DomUtils.getElementsByTagName(name, entry.children, true).map(
      (element) => element.attribs[attribute] ?? '',
    );
  const candidates = [
    textOf('torrent:magnetURI'),
    textOf('magnetURI'),
    ...attributes('enclosure', 'url'),
    ...attributes('media:content', 'url'),
    ...attributes('link', 'href'),
    textOf('link'),
    textOf('guid'),
  ];
  const usable = candidates.filter((link) => /^(magnet:\?|https?:\/\/)/i.test(link));
  return usable.find((link) => link.startsWith('magnet:')) ?? usable[0];
}

/** All words are in the title; those behind a minus are not. */
export function fitsWords(title: string, words: string): boolean {
  const text = title.toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '' && word !== '-')
    .every((word) => (word.startsWith('-') ? !text.includes(word.slice(1)) : text.includes(word)));
}

export class Feeds {
  readonly #host: FeedHost;
  readonly #states = new Map<string, FeedState>();
  #isBusy = false;

  constructor(host: FeedHost) {
    this.#host = host;
  }

  /** By address: what was found last. */
  state(url: string): FeedState | undefined {
    return this.#states.get(url);
  }

  /** Fetches those whose time has come. */
  async look(now: Date): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      const { feeds, feedMinutes } = this.#host.settings();
      for (const url of new Set(feeds.map((feed) => feed.url))) {
        const last = this.#states.get(url)?.at.getTime() ?? 0;
        if (now.getTime() - last < feedMinutes * 60_000) continue;
        await this.#fetch(
          url,
          feeds.filter((feed) => feed.url === url),
          now,
        );
      }
    } finally {
      this.#isBusy = false;
    }
  }

  async #fetch(url: string, rules: readonly Feed[], now: Date): Promise<void> {
    const { mayReachPrivate } = this.#host.settings();
    try {
      const bytes = await fetchForPerson(url, MAX_FEED_BYTES, mayReachPrivate);
      const items = parseFeed(new TextDecoder().decode(bytes));
      this.#states.set(url, { at: now, items, trouble: undefined });
      for (const rule of rules) await this.#add(rule, items);
    } catch (error) {
      const items = this.#states.get(url)?.items ?? [];
      this.#states.set(url, { at: now, items, trouble: (error as Error).message });
    }
  }

  async #add({ words, label }: Feed, items: readonly FeedItem[]): Promise<void> {
    const seen = new Set(this.#host.seen());
    const fitting = items.filter(({ id, title }) => !seen.has(id) && fitsWords(title, words));
    const labels = label === null || label === '' ? [] : [label];
    for (const { id, link } of fitting.slice(0, MAX_ADDED_AT_ONCE)) {
      // What cannot be added today is tried again with the next fetch.
      const isAdded = await this.#host
        .addLink(link, { folder: this.#host.folderFor(labels), wishes: { labels } })
        .then(
          () => true,
          () => false,
        );
      if (isAdded) seen.add(id);
    }
    if (seen.size > 0) this.#host.remember([...seen].slice(-MAX_SEEN));
  }
}
