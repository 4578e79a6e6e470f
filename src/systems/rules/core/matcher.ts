/**
 * What all lists, a person's own rules and exceptions say together. An exception goes before everything; own rules go before
 * lists; one list that denies is enough. It is made anew when anything of it changes, and never changed.
 */
import type { Bytes } from '../../../ground/bytes.ts';
import type { Denial } from '../../../ground/filter.ts';
import type { Hasher } from '../../../ground/ports.ts';
import { type Content, contentOfInfoHash, doubleHashesOf } from './content.ts';
import type { Hit } from './hash-table.ts';
import type { RuleList } from './rule-list.ts';

export interface NamedList {
  readonly name: string;
  readonly list: RuleList;
}

export interface Verdict extends Denial {
  /** Of the list, from 1. */
  readonly line: number;
}

export interface MatcherParts {
  readonly hasher: Hasher;
  /** In the order in which they are asked; a person's own rules first. */
  readonly lists: readonly NamedList[];
  /** Whatever a rule of this list names is not denied. */
  readonly exceptions: RuleList;
}

export class Matcher {
  readonly #parts: MatcherParts;
  readonly #codes: ReadonlySet<number>;
  readonly allowsAllHosts: boolean;
  readonly allowsAllHashes: boolean;

  constructor(parts: MatcherParts) {
    this.#parts = parts;
    const lists = parts.lists.map(({ list }) => list);
    this.#codes = new Set(lists.flatMap(({ codes }) => [...codes]));
    this.allowsAllHosts = lists.every(({ addresses }) => addresses.size === 0);
    this.allowsAllHashes = lists.every(({ hasNoHashes }) => hasNoHashes);
  }

  /** @param host 4 or 16 bytes */
  denyHost(host: Bytes): Verdict | undefined {
    if (this.allowsAllHosts) return undefined;
    return this.#decide((list) => list.findHost(host));
  }

  /** @param infoHash 20 or 32 bytes */
  denyHash(infoHash: Bytes): Verdict | undefined {
    return this.allowsAllHashes ? undefined : this.denyContent(contentOfInfoHash(infoHash));
  }

  denyContent(content: Content): Verdict | undefined {
    const doubles = this.#codes.size === 0 ? [] : doubleHashesOf(content, this.#codes, this.#parts.hasher);
    return this.#decide((list) => list.findContent(content, doubles));
  }

  #decide(find: (list: RuleList) => Hit | undefined): Verdict | undefined {
    for (const { name, list } of this.#parts.lists) {
      const hit = find(list);
      if (hit === undefined || hit.isAllowed) continue;
      // Seldom reached: exceptions are asked about what is denied only.
      if (find(this.#parts.exceptions) !== undefined) return undefined;
      return { list: name, reason: hit.reason, line: hit.line };
    }
    return undefined;
  }
}
