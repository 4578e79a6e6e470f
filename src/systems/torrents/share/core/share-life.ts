/**
 * The life of a share, as a machine: which state follows which. The share that owns it does the work; `Files` is what it
 * holds once its files are open.
 *
 *   metadata → checking → fetching ⇄ resting
 *                  └─────────┴──────────┴──→ seeding → fetching, when more files are chosen
 *
 * `failed` and `stopped` end every state; what was known then stays known, so that people can still be told.
 */
import type { Metainfo } from '../../../../data/content/metainfo.ts';
import { assert } from '../../../../ground/assert.ts';
import type { ShoalError } from '../../../../ground/errors.ts';

/** `resting`: the disk refuses what is fetched; the share goes on by itself when the cause is gone. */
export type LifePhase = 'metadata' | 'checking' | 'fetching' | 'resting' | 'seeding' | 'failed' | 'stopped';

export type ShareState<Files> =
  /** Not started, or known by a link alone: then the metadata is missing. */
  | { readonly phase: 'metadata'; readonly metainfo: Metainfo | undefined; readonly files?: undefined }
  | {
      readonly phase: 'checking';
      readonly metainfo: Metainfo;
      /** Bytes that were looked at, of so many. */
      readonly checkedBytes: number;
      readonly bytesToCheck: number;
      /** Open already: all that is wanted was found, and is being saved under its final names. */
      readonly files: Files | undefined;
    }
  | { readonly phase: 'fetching' | 'resting' | 'seeding'; readonly metainfo: Metainfo; readonly files: Files }
  | {
      readonly phase: 'failed';
      readonly error: ShoalError;
      readonly metainfo: Metainfo | undefined;
      readonly files: Files | undefined;
    }
  | {
      readonly phase: 'stopped';
      readonly metainfo: Metainfo | undefined;
      readonly files: Files | undefined;
    };

export class ShareLife<Files> {
  #state: ShareState<Files>;
  readonly #onPhase: () => void;

  /** @param onPhase told of each new phase */
  constructor(metainfo: Metainfo | undefined, onPhase: () => void = () => {}) {
    this.#state = { phase: 'metadata', metainfo };
    this.#onPhase = onPhase;
  }

  get state(): ShareState<Files> {
    return this.#state;
  }

  get isOver(): boolean {
    return this.#state.phase === 'failed' || this.#state.phase === 'stopped';
  }

  /** What is in it is known, and what of that is here. */
  get isKnown(): boolean {
    const { phase } = this.#state;
    return phase === 'fetching' || phase === 'resting' || phase === 'seeding';
  }

  /** While it is not known what is here, there is nothing to tell an incoming peer. */
  get takesLinks(): boolean {
    return this.isKnown || this.#state.phase === 'metadata';
  }

  /** The metadata is known: metadata → checking. */
  handleMetadata(metainfo: Metainfo): void {
    if (this.isOver) return;
    assert(this.#state.phase === 'metadata', 'a share gets its metadata once');
    this.#enter({ phase: 'checking', metainfo, checkedBytes: 0, bytesToCheck: 0, files: undefined });
  }

  handleChecked(checkedBytes: number, bytesToCheck: number): void {
    if (this.#state.phase === 'checking') this.#state = { ...this.#state, checkedBytes, bytesToCheck };
  }

  /** The files are open, in `checking`. @returns false when it ended meanwhile: the files are not taken */
  handleOpened(files: Files): boolean {
    if (this.#state.phase !== 'checking') return false;
    this.#state = { ...this.#state, files };
    return true;
  }

  /** Something that is wanted is missing: checking, seeding → fetching. */
  handleMissing(): void {
    const { phase, metainfo, files } = this.#state;
    if (phase !== 'checking' && phase !== 'seeding') return;
    assert(files !== undefined, 'nothing is fetched before the files are open');
    this.#enter({ phase: 'fetching', metainfo, files });
  }

  /** The disk refuses: fetching → resting. What is here is served all the same. */
  handleTrouble(): void {
    if (this.#state.phase === 'fetching') this.#enter({ ...this.#state, phase: 'resting' });
  }

  /** resting → fetching. */
  handleRecovered(): void {
    if (this.#state.phase === 'resting') this.#enter({ ...this.#state, phase: 'fetching' });
  }

  /** All that is wanted is saved under its final names: checking, fetching, resting → seeding. */
  handleSaved(): void {
    if (this.isOver) return;
    const { phase, metainfo, files } = this.#state;
    assert(phase !== 'metadata' && files !== undefined, 'nothing is saved before the files are open');
    this.#enter({ phase: 'seeding', metainfo: metainfo!, files });
  }

  /** @returns false when it was over already */
  handleFailure(error: ShoalError): boolean {
    if (this.isOver) return false;
    const { metainfo, files } = this.#state;
    this.#enter({ phase: 'failed', error, metainfo, files });
    return true;
  }

  /** @returns false when it had failed, or was stopped before */
  handleStop(): boolean {
    const { metainfo, files } = this.#state;
    const wasOver = this.isOver;
    this.#enter({ phase: 'stopped', metainfo, files });
    return !wasOver;
  }

  #enter(state: ShareState<Files>): void {
    this.#state = state;
    this.#onPhase();
  }
}
