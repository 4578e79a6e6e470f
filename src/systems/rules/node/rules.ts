/**
 * The rules of a daemon: sources, a person's own rules and exceptions, and the filter that they make. This file routes:
 * what a list says is in `core/`, when it is read in `sources.ts`, what is stored in `rule-store.ts`.
 */
import { fromSystemError, ShoalError } from '../../../ground/errors.ts';
import { nodeHasher } from '../../../ground/node/hasher.ts';
import type { Clock, Timer } from '../../../ground/ports.ts';
import { parseContentPath } from '../core/content.ts';
import { Matcher, type NamedList, type Verdict } from '../core/matcher.ts';
import { type Refusal, RefusalLog } from '../core/refusal-log.ts';
import { type RuleList, RuleListBuilder } from '../core/rule-list.ts';
import { hostIn, parseSubjects, rulesOf, type Subject } from '../core/subject.ts';
import { LiveFilter } from './live-filter.ts';
import type { Effect, OwnRule, RuleStore } from './rule-store.ts';
import { type FetchList, isAddress, SourceReader } from './source-reader.ts';
import { type Source, Sources } from './sources.ts';
import { requireKey } from './verify.ts';

/** A person writes a few; what is longer is a list. */
const MAX_OWN_RULES = 10_000;
const MAX_REASON = 500;
/** What was refused is saved so often. */
const SAVE_MS = 10_000;

export interface RulesOptions {
  readonly store: RuleStore;
  /** Of copies of lists. */
  readonly folder: string;
  readonly clock: Clock;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly refreshHours: () => number;
  /** Another one in tests. */
  readonly fetch?: FetchList | undefined;
}

export interface AddRuleOptions {
  readonly reason?: string | undefined;
  /** Of a list that is signed. */
  readonly key?: string | undefined;
}

export type AddedRule =
  | { readonly kind: 'source'; readonly source: Source }
  | { readonly kind: 'own'; readonly rules: readonly OwnRule[] };

/** What the rules say about one thing. */
export interface Checked {
  readonly subject: string;
  readonly verdict: Verdict | undefined;
}

/** What the lists that are in no file are called. */
const OWN_RULES = 'own rules';
const BANNED = 'banned addresses';
export const OWN_LISTS: readonly string[] = [OWN_RULES, BANNED];

export class Rules {
  readonly filter: LiveFilter;
  readonly sources: Sources;
  readonly #options: RulesOptions;
  readonly #log: RefusalLog;
  #own: readonly OwnRule[];
  /** In the order in which they are asked. */
  #lists: readonly NamedList[] = [];
  #timer: Timer | undefined;

  constructor(options: RulesOptions) {
    const { store, folder, clock, now, refreshHours, fetch } = options;
    this.#options = options;
    this.#log = new RefusalLog(store.refusals());
    this.#own = store.ownRules();
    const nothing = new RuleListBuilder().build();
    this.filter = new LiveFilter(
      new Matcher({ hasher: nodeHasher, lists: [], exceptions: nothing }),
      this.#log,
      now,
    );
    const reader = new SourceReader({ filter: this.filter, ...(fetch === undefined ? {} : { fetch }) });
    const intervalMs = (): number => refreshHours() * 3_600_000;
    const onChanged = (): void => this.#apply();
    this.sources = new Sources({ store, folder, reader, clock, now, intervalMs, onChanged });
  }

  /** What is kept is in effect when this returns. */
  async open(): Promise<void> {
    await this.sources.open();
    this.#apply();
    this.#arm();
  }

  close(): void {
    this.#timer?.cancel();
    this.sources.close();
    this.#save();
  }

  get own(): readonly OwnRule[] {
    return this.#own;
  }

  /** Ranges of addresses that are denied. */
  get rangeCount(): number {
    return this.#lists.reduce((sum, { list }) => sum + list.addresses.size, 0);
  }

  /** Rules of all kinds. */
  get ruleCount(): number {
    return this.#lists.reduce((sum, { list }) => sum + list.size, 0);
  }

  /** Bytes that lists take in memory, about. */
  get byteLength(): number {
    return this.#lists.reduce((sum, { list }) => sum + list.byteLength, 0);
  }

  /**
   * Adds a list by its address or absolute path, or a rule of a person's own.
   * @throws ShoalError bad-argument; for a list whatever keeps it from being read
   */
  async add(what: string, { reason = '', key }: AddRuleOptions = {}): Promise<AddedRule> {
    const isPath = what.startsWith('/') && !/^\/ip[fn]s\//.test(what);
    if (isAddress(what) || isPath) {
      if (key !== undefined) requireKey(key);
      if (reason !== '')
        throw new ShoalError('bad-argument', 'a list has reasons of its own: leave yours out');
      return { kind: 'source', source: await this.sources.add(what, key?.trim()) };
    }
    if (key !== undefined) throw new ShoalError('bad-argument', 'only lists are signed: leave the key out');
    return { kind: 'own', rules: this.#put(subjectsIn(what), 'deny', reason) };
  }

  /** An exception: whatever lists say, it is not denied. @throws ShoalError bad-argument */
  allow(what: string, reason: string = ''): readonly OwnRule[] {
    return this.#put(subjectsIn(what), 'allow', reason);
  }

  /**
   * Writes down several changes, all of them or none. They are in effect when the caller says so.
   * @throws ShoalError no-space, io-error: then nothing is written
   */
  keepTogether(action: () => void): void {
    try {
      this.#options.store.together(action);
    } catch (error) {
      throw fromSystemError('cannot keep the rules', error);
    }
  }

  /** Addresses that another interface bans, these and no others: in effect after `reload`. @throws ShoalError bad-argument */
  keepBans(addresses: readonly string[]): void {
    const addedAt = this.#options.now();
    const rules = addresses
      .flatMap(subjectsIn)
      .map(({ text }): OwnRule => ({ subject: text, effect: 'banned', reason: 'banned', addedAt }));
    this.#options.store.replaceBanned(rules);
  }

  /** What is written down of own rules is in effect when this returns. */
  reload(): void {
    this.#own = this.#options.store.ownRules();
    this.#apply();
  }

  /**
   * Removes a list by number, address, path or name; or an own rule or exception by what it names.
   * @returns what was removed
   * @throws ShoalError not-found
   */
  remove(what: string): readonly string[] {
    const sources = this.sources.all.filter(
      (source) =>
        source.stored.role === 'list' &&
        [`${source.stored.id}`, source.stored.location, Sources.nameOf(source)].includes(what),
    );
    const parsed = parseSubjects(what);
    const texts = new Set(parsed.ok ? parsed.value.map(({ text }) => text) : [what]);
    const rules = this.#own.filter(({ subject, effect }) => effect !== 'banned' && texts.has(subject));
    if (sources.length + rules.length === 0)
      throw new ShoalError('not-found', `there is no list and no rule "${what}"`);
    for (const rule of rules) this.#options.store.removeOwnRule(rule);
    const removed = [...sources.map(Sources.nameOf), ...rules.map(({ subject }) => subject)];
    for (const { stored } of sources) this.sources.remove(stored.id);
    this.reload();
    return removed;
  }

  /**
   * What the rules say about an info hash, a magnet link, an address, or content by its path. It is not written down.
   * @throws ShoalError bad-argument
   */
  check(what: string): readonly Checked[] {
    const { matcher } = this.filter;
    const text = what.trim();
    const content = /^\/ip[fn]s\//.test(text) ? parseContentPath(text) : undefined;
    if (content?.ok === false) throw ShoalError.fromMalformed('bad-argument', text, content.error);
    if (content !== undefined) return [{ subject: text, verdict: matcher.denyContent(content.value) }];
    const host = hostIn(text);
    if (host !== undefined) return [{ subject: text, verdict: matcher.denyHost(host) }];
    return subjectsIn(text).map((subject) => ({
      subject: subject.text,
      verdict: verdictOf(matcher, subject),
    }));
  }

  /** The latest first. */
  refusals(count: number): readonly Refusal[] {
    return this.#log.latest(count);
  }

  get refusalCount(): number {
    return this.#log.size;
  }

  clearRefusals(): void {
    this.#log.clear();
    this.#options.store.clearRefusals();
  }

  #put(subjects: readonly Subject[], effect: Effect, reason: string): readonly OwnRule[] {
    if (reason.length > MAX_REASON)
      throw new ShoalError('bad-argument', `a reason has at most ${MAX_REASON} characters`);
    if (this.#own.length + subjects.length > MAX_OWN_RULES)
      throw new ShoalError(
        'bad-argument',
        `${MAX_OWN_RULES} rules of your own are enough: make a list of them`,
      );
    const { store, now } = this.#options;
    // Said again without a reason, a rule keeps the one that it has.
    const reasonOf = (text: string): string =>
      reason !== ''
        ? reason
        : (this.own.find((rule) => rule.subject === text && rule.effect === effect)?.reason ?? '');
    const rules = subjects.map(
      ({ text }): OwnRule => ({ subject: text, effect, reason: reasonOf(text), addedAt: now() }),
    );
    for (const rule of rules) {
      store.putOwnRule(rule);
      // One thing is either denied or an exception.
      store.removeOwnRule({ subject: rule.subject, effect: effect === 'allow' ? 'deny' : 'allow' });
    }
    this.reload();
    return rules;
  }

  #apply(): void {
    const exceptions = this.#listOf('allow');
    this.#lists = this.#collectLists();
    this.filter.replace(new Matcher({ hasher: nodeHasher, lists: this.#lists, exceptions }));
  }

  #collectLists(): NamedList[] {
    const lists: NamedList[] = [
      { name: OWN_RULES, list: this.#listOf('deny') },
      { name: BANNED, list: this.#listOf('banned') },
    ];
    for (const source of this.sources.all)
      if (source.read !== undefined) lists.push({ name: Sources.nameOf(source), list: source.read.list });
    return lists;
  }

  #listOf(effect: Effect): RuleList {
    const builder = new RuleListBuilder();
    for (const [i, rule] of this.#own.entries()) {
      const parsed = rule.effect === effect ? parseSubjects(rule.subject) : undefined;
      if (parsed?.ok !== true) continue;
      for (const subject of parsed.value)
        for (const each of rulesOf(subject, i + 1, rule.reason)) builder.add(each);
    }
    return builder.build();
  }

  #arm(): void {
    this.#timer = this.#options.clock.after(SAVE_MS, () => {
      this.#save();
      this.#arm();
    });
  }

  /** A disk that is full must not end the daemon: it is tried again with the next refusals. */
  #save(): void {
    if (!this.#log.hasUnsaved) return;
    try {
      this.#options.store.saveRefusals(this.#log.takeUnsaved());
    } catch {
      // What is in memory is told all the same.
    }
  }
}

/** Of a block of addresses, the first of them is asked about. */
function verdictOf(matcher: Matcher, subject: Subject): Verdict | undefined {
  if (subject.kind === 'hash') return matcher.denyHash(subject.hash);
  return subject.kind === 'range' ? matcher.denyHost(subject.range.from) : undefined;
}

/** @throws ShoalError bad-argument */
function subjectsIn(what: string): readonly Subject[] {
  const parsed = parseSubjects(what);
  if (parsed.ok) return parsed.value;
  throw new ShoalError('bad-argument', parsed.error.message, parsed.error);
}
