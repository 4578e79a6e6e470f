/**
 * RSS and Atom feeds: an item that fits the words of its feed is added, once. Feeds are fetched with bounds in bytes and
 * time. A person typed the address of a feed, so that it may lie in our own network where its name says so; its items may
 * then lie on the same host and port. Everything else that a feed names is a stranger's word (`web-access.ts`).
 */
import { fetchPage, type FetchAnswer, isHomeName, isWebPage, type Reach } from '../share/link-source.ts';
import { ShoalError } from '../../../ground/errors.ts';
import type { Filter } from '../../../ground/filter.ts';
import type { Feed, Settings } from '../settings.ts';
import type { FeedItem } from './feed-parser.ts';

/** The part of the roster that feeds need. */
export interface FeedHost {
  settings(): Settings;
  /** Feeds at denied addresses are not fetched. */
  readonly filter: Filter;
  folderFor(labels: readonly string[]): string;
  addLink(
    link: string,
    options: {
      readonly folder: string;
      readonly preferences: { readonly labels: readonly string[] };
      readonly reach: Reach;
    },
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
/** Of what was added: the oldest are forgotten, and long gone from their feeds. */
const MAX_SEEN = 20_000;
const MAX_ADDED_AT_ONCE = 50;
/** What fails so often is given up until the next start: half a day at the usual pace. */
const MAX_TRIES = 24;

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
  /** By feed and item: why it could not be added, and how often that was tried. */
  readonly #failures = new Map<string, { readonly reason: string; readonly tries: number }>();
  #isBusy = false;
  /** The setting with which feeds were fetched last: what it refused is tried again when it changes. */
  #mayReachPrivate = false;

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
      const { feeds, feedMinutes, mayReachPrivate } = this.#host.settings();
      const isChanged = mayReachPrivate !== this.#mayReachPrivate;
      this.#mayReachPrivate = mayReachPrivate;
      for (const url of new Set(feeds.map((feed) => feed.url))) {
        const last = this.#states.get(url)?.at.getTime() ?? 0;
        if (!isChanged && now.getTime() - last < feedMinutes * 60_000) continue;
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
    try {
      const answer = await this.#read(url);
      // Here, because most people have no feeds.
      const { parseFeed } = await import('./feed-parser.ts');
      const items = parseFeed(new TextDecoder().decode(answer.body));
      this.#states.set(url, { at: now, items, trouble: undefined });
      this.#forget(url, items);
      const failures: string[] = [];
      for (const rule of rules) failures.push(...(await this.#add(rule, items, answer)));
      this.#states.set(url, { at: now, items, trouble: describe(failures) });
    } catch (error) {
      const items = this.#states.get(url)?.items ?? [];
      this.#states.set(url, { at: now, items, trouble: (error as Error).message });
    }
  }

  /** @throws ShoalError fetch-failed, private-address */
  async #read(url: string): Promise<FetchAnswer> {
    const { mayReachPrivate } = this.#host.settings();
    const ofPerson = isHomeName(new URL(url).hostname) ? 'inside' : 'public';
    const reach = mayReachPrivate ? 'anywhere' : ofPerson;
    const answer = await fetchPage(url, { maxBytes: MAX_FEED_BYTES, reach, filter: this.#host.filter });
    const { host } = new URL(answer.url);
    if (answer.elsewhere !== undefined)
      throw new ShoalError('fetch-failed', `${host} redirects to a link instead of a feed`);
    if (isFeed(answer.body)) return answer;
    const what = isWebPage(answer) ? 'a web page' : 'something else';
    throw new ShoalError('fetch-failed', `${host} gave ${what}, not an RSS or Atom feed`);
  }

  /** @returns what failed, and why */
  async #add(rule: Feed, items: readonly FeedItem[], feed: FetchAnswer): Promise<string[]> {
    const { words, label, url } = rule;
    const seen = new Set(this.#host.seen());
    const fitting = items.filter(({ id, title }) => !seen.has(id) && fitsWords(title, words));
    const labels = label === null || label === '' ? [] : [label];
    const failures: string[] = [];
    let tries = 0;
    for (const { id, link, title } of fitting) {
      const key = failureKey(url, id);
      const failure = this.#failures.get(key);
      if (failure !== undefined && failure.tries >= MAX_TRIES) {
        failures.push(`"${title}" was given up after ${MAX_TRIES} tries: ${failure.reason}`);
        continue;
      }
      if (++tries > MAX_ADDED_AT_ONCE) break;
      const reach = this.#reachOf(link, rule, feed);
      try {
        await this.#host.addLink(link, {
          folder: this.#host.folderFor(labels),
          preferences: { labels },
          reach,
        });
        seen.add(id);
        this.#failures.delete(key);
      } catch (error) {
        const reason = (error as Error).message;
        // It is tried again with the next fetch.
        this.#failures.set(key, { reason, tries: (failure?.tries ?? 0) + 1 });
        failures.push(`"${title}" could not be added: ${reason}`);
      }
    }
    if (seen.size > 0) this.#host.remember([...seen].slice(-MAX_SEEN));
    return failures;
  }

  /** An indexer in our own network links to itself. */
  #reachOf(link: string, { url }: Feed, { isLocal }: FetchAnswer): Reach {
    if (this.#host.settings().mayReachPrivate) return 'anywhere';
    const isSameServer = URL.canParse(link) && new URL(link).host === new URL(url).host;
    return isLocal && isSameServer ? 'origin' : 'public';
  }

  /** Items that are no longer in the feed do not fail any more. */
  #forget(url: string, items: readonly FeedItem[]): void {
    const current = new Set(items.map(({ id }) => failureKey(url, id)));
    for (const key of this.#failures.keys())
      if (key.startsWith(failureKey(url, '')) && !current.has(key)) this.#failures.delete(key);
  }
}

const failureKey = (url: string, id: string): string => `${url}\n${id}`;

/** What the root element says; declarations and comments may stand before it. */
function isFeed(body: Uint8Array): boolean {
  return /<(?:\w+:)?(rss|feed|rdf)[\s>]/i.test(new TextDecoder().decode(body.subarray(0, 8192)));
}

function describe(failures: readonly string[]): string | undefined {
  const [first] = failures;
  if (first === undefined) return undefined;
  return failures.length === 1 ? first : `${first} (and ${failures.length - 1} more that failed)`;
}
