/**
 * What the daemon follows (BEP 46): each is a folder that is kept at the newest version of a publication. They go on after a
 * restart; one that fails tries again. The versions are entries of the roster, which the follow owns (`roster-versions.ts`):
 *
 * - A newer version is fetched in an entry of its own, with what a person chose for the version before. When it is shown, its
 *   entry takes the place of the old one.
 * - A share that is paused waits, whether it is fetched or seeded. The follow looks for newer versions all the same; the next
 *   version of one that a person paused is paused as well.
 * - The follow ends when a person ends it, or removes the share of a version. The version that is shown stays, and its share
 *   is a share like any other from then on. A version that was not shown yet goes, with its data.
 */
import { resolve } from 'node:path';
import { parseUpdateLink, type UpdateLink } from '../../../data/content/update-link.ts';
import { type Address, parseHostPort } from '../../../ground/address.ts';
import { toHex } from '../../../ground/bytes.ts';
import { fromDatabaseError, ShoalError } from '../../../ground/errors.ts';
import { nodeHasher } from '../../../ground/node/hasher.ts';
import { Wakeup } from '../../../ground/node/wakeup.ts';
import { mutableTarget } from '../../../net/dht/wire/items.ts';
import { resolveNames, separateNames } from '../../../net/link/node/resolve-peers.ts';
import type { RosterEntry } from '../roster/entry.ts';
import type { Roster } from '../roster/roster.ts';
import { DEFAULT_EVERY_SECONDS, FollowRun, type FollowRunEvent } from '../share/follow-run.ts';
import type { ShareTrouble } from '../share/status.ts';
import { VersionFolder } from '../share/version-folder.ts';
import type { FollowPreferences, HeldTable, StoredFollow } from '../state/held-table.ts';
import { Listeners } from './listeners.ts';
import { RosterVersions } from './roster-versions.ts';

/** The disk may have room again, and a file of a person may be out of the way. */
const RETRY_MS = 60_000;
/** A command that has just asked for it hears what it missed. */
const MAX_EVENTS = 50;
/** Each is dialled for each version. */
const MAX_PEERS = 100;

export interface FollowRequest extends Partial<FollowPreferences> {
  readonly link: string;
  readonly folder: string;
}

export type HeldFollowEvent = FollowRunEvent | { readonly type: 'failed'; readonly trouble: ShareTrouble };

/** An event with its number in this run of the daemon. */
export interface NumberedEvent {
  readonly number: number;
  readonly event: HeldFollowEvent;
}

/** The part of the roster that holds the versions. */
export type FollowRoster = Pick<Roster, 'peer' | 'owned' | 'find' | 'findByHash' | 'listen' | 'change'>;

export class HeldFollow {
  readonly stored: StoredFollow;
  readonly link: UpdateLink;
  readonly #roster: FollowRoster;
  readonly #stop = new AbortController();
  readonly #pause = new Wakeup();
  readonly #onEvent: (event: NumberedEvent) => void;
  readonly #ended: Promise<void>;
  #follower: FollowRun | undefined;
  #versions: RosterVersions | undefined;
  #events: NumberedEvent[] = [];
  #count: number;
  /** What is shown, as far as this run has heard. */
  version: { readonly sequence: number; readonly path: string } | undefined;
  trouble: ShareTrouble | undefined;
  /** When this run looked for a newer version last. */
  lookedAt: Date | undefined;

  /** @param count events of earlier ones with the same number */
  constructor(
    roster: FollowRoster,
    stored: StoredFollow,
    onEvent: (event: NumberedEvent) => void,
    count = 0,
  ) {
    this.#roster = roster;
    this.stored = stored;
    this.#onEvent = onEvent;
    this.#count = count;
    this.link = readUpdateLink(stored.link);
    this.#ended = this.#run();
  }

  /** The share of the version that is being fetched. */
  get fetching(): RosterEntry | undefined {
    return this.#versions?.fetching;
  }

  /** The share of the version that is shown. */
  get shown(): RosterEntry | undefined {
    return this.#roster.owned.of(this.stored.id).find(({ stored }) => stored.kind === 'place');
  }

  get eventCount(): number {
    return this.#count;
  }

  /** Those of late with higher numbers. */
  eventsAfter(number: number): readonly NumberedEvent[] {
    return this.#events.filter((event) => event.number > number);
  }

  /** Looks for a newer version now. */
  hurry(): void {
    this.#follower?.lookNow();
    this.#pause.wake();
  }

  /** Resolves when nothing of it runs any more. What is shown stays. */
  stop(): Promise<void> {
    this.#stop.abort();
    return this.#ended;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        const { stored, link } = this;
        const { folder: outputDir, preferences } = stored;
        const peers = await addressesOf(preferences.peers);
        const onLook = (): void => {
          this.lookedAt = new Date();
        };
        const roster = this.#roster;
        const shares = new RosterVersions({ roster, stored, peers, signal });
        this.#versions = shares;
        const { everySeconds } = preferences;
        const options = { link, outputDir, everySeconds, shares, signal, onLook };
        this.#follower = new FollowRun(roster.peer, options);
        for await (const event of this.#follower.run()) this.#take(event);
      } catch (error) {
        const { code, message } = asShoalError(error);
        this.#take({ type: 'failed', trouble: { code, message } });
      }
      await this.#pause.wait(RETRY_MS, signal);
    }
  }

  #take(event: HeldFollowEvent): void {
    this.trouble = event.type === 'failed' ? event.trouble : undefined;
    if (event.type === 'version' || event.type === 'up-to-date')
      this.version = { sequence: event.sequence, path: event.path };
    const numbered = { number: ++this.#count, event };
    this.#events = [...this.#events, numbered].slice(-MAX_EVENTS);
    this.#onEvent(numbered);
  }
}

export interface Followed {
  readonly held: HeldFollow;
  /** It was not followed into that folder before. */
  readonly isNew: boolean;
  /** Events before this request. */
  readonly eventCount: number;
}

export interface FollowsHost {
  readonly roster: FollowRoster;
  readonly table: Pick<HeldTable, 'follows' | 'saveFollow' | 'removeFollow'>;
}

export class Follows {
  readonly #host: FollowsHost;
  /** Of those that are being removed. */
  readonly #endings = new Map<number, Promise<void>>();
  readonly #held = new Map<number, HeldFollow>();
  #isClosed = false;
  readonly listeners: Listeners<NumberedEvent> = new Listeners();

  constructor(host: FollowsHost) {
    this.#host = host;
    host.roster.owned.onEnd = (id) => this.remove(id);
  }

  /**
   * Goes on with those of earlier runs. A daemon without a DHT keeps them for another start, and seeds what is shown.
   * @returns resolves when shares of follows that are gone are nobody's any more; never rejects
   * @throws ShoalError bad-link
   */
  start(): Promise<void> {
    const { roster, table } = this.#host;
    const hasDht = roster.peer.dht !== undefined;
    const follows = table.follows();
    const known = new Set(follows.map(({ id }) => id));
    if (hasDht) for (const stored of follows) this.#hold(stored);
    const isKnown = ({ stored }: RosterEntry): boolean => known.has(stored.follow!);
    const lost = roster.owned.all.filter((entry) => !isKnown(entry));
    for (const entry of roster.owned.all)
      if (!hasDht && isKnown(entry) && entry.stored.kind === 'place') roster.owned.release(entry);
    return this.#letGoOf(lost);
  }

  /** Killed between the end of a follow and that of its shares. */
  async #letGoOf(lost: readonly RosterEntry[]): Promise<void> {
    for (const entry of lost)
      await this.#letGo(entry).catch((error: unknown) => entry.log.add((error as Error).message, true));
  }

  get all(): readonly HeldFollow[] {
    return [...this.#held.values()];
  }

  find(id: number): HeldFollow | undefined {
    return this.#held.get(id);
  }

  /**
   * Follows a publication into a folder. One that is followed there already looks for a newer version at once, with these
   * peers and this interval from now on.
   * @throws ShoalError bad-link, unsupported without a DHT
   */
  async follow(request: FollowRequest): Promise<Followed> {
    const { roster, table } = this.#host;
    const { publicKey, salt } = readUpdateLink(request.link);
    if (roster.peer.dht === undefined)
      throw new ShoalError('unsupported', 'following needs the DHT, and this daemon does without it');
    const target = toHex(mutableTarget(publicKey, salt, nodeHasher));
    const folder = resolve(request.folder);
    const find = (): HeldFollow | undefined =>
      this.all.find(({ stored }) => stored.target === target && stored.folder === folder);
    await this.#endings.get(find()?.stored.id ?? -1)?.catch(() => {});
    const before = find();
    const { link } = request;
    const preferences = merge(request, before?.stored.preferences);
    const stored = table.saveFollow({ link, target, folder, preferences });
    if (before === undefined) return { held: this.#hold(stored), isNew: true, eventCount: 0 };
    this.#applyTo(before, request);
    const { eventCount } = before;
    if (JSON.stringify(before.stored.preferences) === JSON.stringify(preferences)) {
      before.hurry();
      return { held: before, isNew: false, eventCount };
    }
    await before.stop();
    const now = this.#held.get(stored.id);
    if (this.#isClosed || now === undefined || this.#endings.has(stored.id))
      throw new ShoalError('aborted', 'what is followed was removed meanwhile');
    if (now !== before) return this.follow(request);
    return { held: this.#hold(stored, before.eventCount), isNew: false, eventCount: before.eventCount };
  }

  #hold(stored: StoredFollow, count = 0): HeldFollow {
    const onEvent = (event: NumberedEvent): void => this.listeners.tell(stored.id, event);
    const held = new HeldFollow(this.#host.roster, stored, onEvent, count);
    this.#held.set(stored.id, held);
    return held;
  }

  /** From now on, and for the versions that come. */
  #applyTo({ stored }: HeldFollow, { downloadLimit, uploadLimit }: FollowRequest): void {
    const { roster } = this.#host;
    for (const entry of roster.owned.of(stored.id)) {
      if (downloadLimit !== undefined) roster.change(entry, { downloadLimit });
      if (uploadLimit !== undefined) roster.change(entry, { uploadLimit });
    }
  }

  /**
   * Follows it no more. The version that is shown stays, and so does its share. Who removes it again meanwhile waits for the
   * same end.
   */
  remove(id: number): Promise<void> {
    let ending = this.#endings.get(id);
    if (ending === undefined) {
      ending = this.#end(id).finally(() => this.#endings.delete(id));
      this.#endings.set(id, ending);
    }
    return ending;
  }

  async #end(id: number): Promise<void> {
    const { roster, table } = this.#host;
    const held = this.#held.get(id);
    const stored = held?.stored ?? table.follows().find((one) => one.id === id);
    await held?.stop();
    for (const entry of roster.owned.of(id)) await this.#letGo(entry);
    if (stored !== undefined) await new VersionFolder(stored.folder, stored.target).discard().catch(() => {});
    // Last: a daemon that is killed before goes on with it, and knows its folders.
    this.#held.delete(id);
    table.removeFollow(id);
    this.listeners.tellRemoved(id);
  }

  /** Nobody owns it any more. */
  async #letGo(entry: RosterEntry): Promise<void> {
    const { owned } = this.#host.roster;
    if (entry.isStaged) return owned.remove(entry, true);
    owned.own(entry, undefined);
    owned.release(entry);
  }

  /** Resolves when nothing of them runs any more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.all.map((held) => held.stop()));
  }
}

/** What a request leaves open stays as it was; peers are added. */
function merge(request: FollowRequest, before?: FollowPreferences): FollowPreferences {
  return {
    everySeconds: request.everySeconds ?? before?.everySeconds ?? DEFAULT_EVERY_SECONDS,
    peers: [...new Set([...(before?.peers ?? []), ...(request.peers ?? [])])].slice(-MAX_PEERS),
    downloadLimit: request.downloadLimit ?? before?.downloadLimit,
    uploadLimit: request.uploadLimit ?? before?.uploadLimit,
    usesLsd: request.usesLsd ?? before?.usesLsd,
  };
}

/** @throws ShoalError bad-link */
function readUpdateLink(text: string): UpdateLink {
  const link = parseUpdateLink(text);
  if (!link.ok) throw ShoalError.fromMalformed('bad-link', 'this is no link to a publication', link.error);
  return link.value;
}

async function addressesOf(peers: readonly string[]): Promise<Address[]> {
  const { known, named } = separateNames(peers.flatMap((text) => parseHostPort(text) ?? []));
  return [...known, ...(await resolveNames(named))];
}

const asShoalError = (error: unknown): ShoalError =>
  error instanceof ShoalError
    ? error
    : (fromDatabaseError(error) ?? new ShoalError('io-error', String(error), error));
