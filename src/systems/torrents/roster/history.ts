/** The recent past of a share, or of all: rates over time, and a log in words. Both are bounded. */

/** Between two samples. */
export const SAMPLE_SECONDS = 2;
/** Ten minutes. */
const MAX_SAMPLES = 300;
const MAX_LINES = 200;
const MAX_ROSTER_LINES = 2000;

export interface LogLine {
  readonly at: Date;
  readonly text: string;
}

/** Takes no memory until something moves. */
export class RateHistory {
  #download: Float32Array | undefined;
  #upload: Float32Array | undefined;
  #next = 0;
  #quiet = 0;

  /** Bytes a second, every `SAMPLE_SECONDS`. */
  add(download: number, upload: number): void {
    const isQuiet = download < 1 && upload < 1;
    if (isQuiet && this.#download === undefined) return;
    this.#quiet = isQuiet ? this.#quiet + 1 : 0;
    if (this.#quiet >= MAX_SAMPLES) {
      this.#download = undefined;
      this.#upload = undefined;
      return;
    }
    this.#download ??= new Float32Array(MAX_SAMPLES);
    this.#upload ??= new Float32Array(MAX_SAMPLES);
    this.#download[this.#next] = download;
    this.#upload[this.#next] = upload;
    this.#next = (this.#next + 1) % MAX_SAMPLES;
  }

  /** The oldest first. */
  read(): { readonly download: number[]; readonly upload: number[] } {
    const order = (samples: Float32Array | undefined): number[] =>
      samples === undefined
        ? []
        : [...samples.subarray(this.#next), ...samples.subarray(0, this.#next)].map(Math.round);
    return { download: order(this.#download), upload: order(this.#upload) };
  }
}

/** The log of all shares, numbered. */
export class RosterLog {
  #lines: RosterLine[] = [];
  #nextId = 0;

  add(text: string, isWarning = false): void {
    this.#lines.push({ id: this.#nextId++, at: new Date(), text, isWarning });
    if (this.#lines.length > MAX_ROSTER_LINES) this.#lines = this.#lines.slice(-MAX_ROSTER_LINES / 2);
  }

  /** Those with higher numbers, the oldest first. */
  linesAfter(id: number): readonly RosterLine[] {
    return this.#lines.filter((line) => line.id > id);
  }
}

export interface RosterLine extends LogLine {
  readonly id: number;
  /** Something went wrong. */
  readonly isWarning: boolean;
}

export class ShareLog {
  #lines: LogLine[] = [];
  /** Called with every line that is added. */
  onLine: (text: string, isWarning: boolean) => void = () => {};

  add(text: string, isWarning = false): void {
    this.#lines.push({ at: new Date(), text });
    this.onLine(text, isWarning);
    if (this.#lines.length > MAX_LINES) this.#lines = this.#lines.slice(-MAX_LINES);
  }

  get lines(): readonly LogLine[] {
    return this.#lines;
  }
}
