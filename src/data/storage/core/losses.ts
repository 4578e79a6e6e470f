/**
 * Decides which written pieces count as lost when a file cannot be synced or read, or is gone.
 *
 * Invariant: the saved record stops claiming the pieces of a file that is gone before another file takes its name.
 */
import type { Geometry } from '../../content/geometry.ts';
import type { ShoalError } from '../../../ground/errors.ts';
import type { FileIndex, PieceIndex } from '../../../ground/units.ts';
import type { Claims } from './claims.ts';
import type { FileStates, StoreSink } from './sink.ts';
import type { Unsaved } from './unsaved.ts';

export interface LossesOptions {
  readonly sink: Pick<StoreSink<never>, 'forgetFile' | 'emit'>;
  readonly geometry: Geometry;
  readonly files: FileStates;
  readonly claims: Claims;
  readonly unsaved: Unsaved;
}

export class Losses {
  readonly #options: LossesOptions;

  constructor(options: LossesOptions) {
    this.#options = options;
  }

  /**
   * `io-error`: after a failed sync the system may have dropped what was written, and the next sync would know
   * nothing of it. The unsaved part of the file counts as lost. `not-found`: the file is gone, with all of its
   * pieces. Other errors lose nothing.
   * @returns why the record could not be saved. Until it is, the file is not made anew, and the next write to it leads
   * here again.
   */
  handleFile(file: FileIndex, { code }: ShoalError): ShoalError | undefined {
    if (code !== 'not-found' && code !== 'io-error') return undefined;
    const { claims, unsaved, geometry } = this.#options;
    const lost = new Set(unsaved.loseFile(file));
    let failure: ShoalError | undefined;
    if (code === 'not-found') {
      const [first, last] = geometry.filePieces(file) ?? [0, -1];
      for (let piece = first; piece <= last; piece++) if (claims.have.delete(piece)) lost.add(piece);
      failure = this.#recordGone(file);
    }
    this.#lose([...lost]);
    return failure;
  }

  /** A piece of a part could not be read. Two reads of it may fail, and it is lost once. */
  handlePiece(piece: PieceIndex): void {
    const { claims, unsaved } = this.#options;
    if (claims.have.has(piece) || unsaved.has(piece)) this.#lose([piece]);
  }

  #recordGone(file: FileIndex): ShoalError | undefined {
    const { claims, files, sink } = this.#options;
    const failure = claims.record('journal', new Map([[file, { size: -1, modifiedMs: -1 }]]));
    if (failure !== undefined) return failure;
    sink.forgetFile(file);
    if (!files.isFinished(file)) sink.emit({ type: 'reopened', file });
    return undefined;
  }

  #lose(pieces: readonly PieceIndex[]): void {
    const { claims, unsaved, sink } = this.#options;
    for (const piece of pieces) {
      claims.have.delete(piece);
      unsaved.lose(piece);
    }
    if (pieces.length > 0) sink.emit({ type: 'lost', pieces });
  }
}
