/** One list, ready to be asked: the last of its rules that matches decides (IPIP-383, section Negated rules). */
import type { Bytes } from '../../../ground/bytes.ts';
import type { PathRule, Rule } from '../wire/rule.ts';
import { type AddressTable, AddressTableBuilder } from './address-table.ts';
import type { Content } from './content.ts';
import { type HashTable, HashTableBuilder, type Hit } from './hash-table.ts';

/** Rules with paths are objects: so many of a list are kept. */
const MAX_PATH_RULES = 100_000;

export class RuleList {
  readonly hashes: HashTable;
  readonly doubles: HashTable;
  readonly addresses: AddressTable;
  /** Functions of its double hashes. */
  readonly codes: ReadonlySet<number>;
  readonly #paths: ReadonlyMap<string, readonly PathRule[]>;
  readonly #pathCount: number;

  constructor(builder: RuleListBuilder) {
    this.hashes = builder.hashes.build();
    this.doubles = builder.doubles.build();
    this.addresses = builder.addresses.build();
    this.codes = builder.codes;
    this.#paths = builder.paths;
    this.#pathCount = builder.pathCount;
  }

  /** Rules of all kinds. */
  get size(): number {
    return this.hashes.size + this.doubles.size + this.addresses.size + this.#pathCount;
  }

  /** Says nothing about info hashes. */
  get hasNoHashes(): boolean {
    return this.hashes.size + this.doubles.size === 0;
  }

  /** Bytes of memory, about. */
  get byteLength(): number {
    const tables = this.hashes.byteLength + this.doubles.byteLength + this.addresses.byteLength;
    return tables + 200 * this.#pathCount;
  }

  /** @param host 4 or 16 bytes */
  findHost(host: Bytes): Hit | undefined {
    return this.addresses.find(host);
  }

  /** @param doubles double hashes of the content, by the functions of all lists */
  findContent(content: Content, doubles: readonly Uint8Array[]): Hit | undefined {
    let last = content.key === undefined ? undefined : this.hashes.find(content.key);
    if (this.doubles.size > 0) for (const key of doubles) last = later(last, this.doubles.find(key));
    if (content.root === undefined) return last;
    for (const rule of this.#paths.get(content.root) ?? [])
      if (matches(rule, content.path)) last = later(last, rule);
    return last;
  }
}

function later(a: Hit | undefined, b: Hit | undefined): Hit | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return b.line >= a.line ? b : a;
}

const matches = (rule: PathRule, path: string): boolean =>
  rule.isPrefix ? path.startsWith(rule.path) : path === rule.path;

export class RuleListBuilder {
  readonly hashes: HashTableBuilder = new HashTableBuilder();
  readonly doubles: HashTableBuilder = new HashTableBuilder();
  readonly addresses: AddressTableBuilder = new AddressTableBuilder();
  readonly codes: Set<number> = new Set();
  readonly paths: Map<string, PathRule[]> = new Map();
  pathCount = 0;

  /** False when there is no room for more of that kind. */
  add(rule: Rule): boolean {
    switch (rule.kind) {
      case 'hash':
        return this.hashes.add(rule.key, rule.line, rule.isAllowed, rule.reason);
      case 'double-hash':
        this.codes.add(rule.code);
        return this.doubles.add(rule.key, rule.line, rule.isAllowed, rule.reason);
      case 'range':
        return this.addresses.add(rule.from, rule.to, rule.line, rule.reason);
      case 'path':
        return this.#addPath(rule);
    }
  }

  build(): RuleList {
    return new RuleList(this);
  }

  #addPath(rule: PathRule): boolean {
    if (this.pathCount >= MAX_PATH_RULES) return false;
    this.pathCount++;
    const rules = this.paths.get(rule.root);
    if (rules === undefined) this.paths.set(rule.root, [rule]);
    else rules.push(rule);
    return true;
  }
}
