/**
 * Where the bytes of each file of a share lie now. *In place*: under the paths that a person shares. *Fetched*: a
 * file is `NAME.part` until it is finished; bytes of unwanted files lie in one side file. Looks at no disk.
 *
 * Invariant: a finished file is never written again. New pieces may be compared with it.
 */
import { join } from 'node:path';
import type { Geometry } from '../../content/geometry.ts';
import type { FileIndex } from '../../../ground/units.ts';
import { PART_ENDING } from '../safe-path.ts';

/** Where a fetched share lies. */
export interface FetchPlan {
  readonly outputDir: string;
  /** By file: path below the output folder; undefined for pads. */
  readonly paths: readonly (readonly string[] | undefined)[];
  readonly wanted: ReadonlySet<FileIndex>;
  /** The side file for bytes of unwanted files. */
  readonly edgesPath: string;
}

/**
 * A fetched file that is no part. `finished`: it has its final name. `compared`: so has it, but not all of its pieces have
 * judged it; what comes of those is compared with it, and it may become a part if it was never whole in our hands.
 * `foreign`: another client's unfinished file, until it is known whether it is this one.
 */
export type FileState =
  | { readonly kind: 'finished' }
  | { readonly kind: 'compared'; readonly mayBecomePart: boolean }
  | { readonly kind: 'foreign'; readonly path: string };

const FINISHED: FileState = { kind: 'finished' };

export class FilePlaces {
  readonly #geometry: Geometry;
  readonly #finalPaths: (string | undefined)[];
  #plan: FetchPlan | undefined;
  /** Of fetched files; the others are parts, or lie aside. */
  readonly #states = new Map<FileIndex, FileState>();

  /** @param finalPaths by file index; undefined for pads */
  constructor(geometry: Geometry, finalPaths: (string | undefined)[], plan: FetchPlan | undefined) {
    this.#geometry = geometry;
    this.#finalPaths = finalPaths;
    this.#plan = plan;
  }

  /** Undefined for a share in place. */
  get plan(): FetchPlan | undefined {
    return this.#plan;
  }

  /** The share lies elsewhere from now on. */
  relocate(outputDir: string, edgesPath: string): void {
    const plan = this.#plan!;
    this.#plan = { ...plan, outputDir, edgesPath };
    for (const [file, path] of plan.paths.entries())
      if (path !== undefined) this.#finalPaths[file] = join(outputDir, ...path);
  }

  select(wanted: ReadonlySet<FileIndex>): void {
    this.#plan = { ...this.#plan!, wanted };
  }

  /** @param path below the output folder */
  rename(file: FileIndex, path: readonly string[]): void {
    const plan = this.#plan!;
    this.#finalPaths[file] = join(plan.outputDir, ...path);
    this.#plan = { ...plan, paths: plan.paths.map((old, at) => (at === file ? path : old)) };
  }

  finalPath(file: FileIndex): string | undefined {
    return this.#finalPaths[file];
  }

  /** The file that holds a file's bytes now. */
  currentPath(file: FileIndex): string | undefined {
    const path = this.#finalPaths[file];
    if (this.#plan === undefined) return path;
    const state = this.#states.get(file);
    if (state?.kind === 'foreign') return state.path;
    if (path === undefined || state !== undefined) return path;
    return this.#plan.wanted.has(file) ? path + PART_ENDING : this.#plan.edgesPath;
  }

  /** Undefined for a file that lies nowhere, and for a finished one, which is not written. */
  pathFor(file: FileIndex, mode: 'read' | 'write'): string | undefined {
    const isLeftAlone = mode === 'write' && this.isFinished(file) && !this.isCompared(file);
    return isLeftAlone ? undefined : this.currentPath(file);
  }

  /** Where a byte of a file lies in the file that holds it. */
  offsetIn(file: FileIndex, fileOffset: number): number {
    return this.isAside(file) ? fileOffset + this.#geometry.files[file]!.offset : fileOffset;
  }

  isWanted(file: FileIndex): boolean {
    return this.#plan === undefined || this.#plan.wanted.has(file);
  }

  /** Its bytes lie in the side file. */
  isAside(file: FileIndex): boolean {
    return this.#plan !== undefined && this.currentPath(file) === this.#plan.edgesPath;
  }

  /** It lies under its final name. */
  isFinished(file: FileIndex): boolean {
    if (this.#plan === undefined) return true;
    const kind = this.#states.get(file)?.kind;
    return kind === 'finished' || kind === 'compared';
  }

  isCompared(file: FileIndex): boolean {
    return this.#states.get(file)?.kind === 'compared';
  }

  stateOf(file: FileIndex): FileState | undefined {
    return this.#states.get(file);
  }

  setFinished(file: FileIndex): void {
    this.#states.set(file, FINISHED);
  }

  setState(file: FileIndex, state: FileState): void {
    this.#states.set(file, state);
  }

  /** It is a part from now on, or lies aside. */
  setPart(file: FileIndex): void {
    this.#states.delete(file);
  }
}
