/**
 * The output of a command. `--json` prints one object a line on standard output and nothing else. A terminal gets a live
 * view, a file or pipe plain lines from time to time. `--quiet` leaves results and errors.
 */
import { createPalette, drawBar, type Palette } from './terminal/draw.ts';
import { formatBytes, printable } from './terminal/format.ts';
import { type Column, renderTable, type Row } from './terminal/table.ts';
import { LiveView } from './terminal/live-view.ts';

export interface OutputOptions {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
}

/** Plain lines about progress come no closer together than this. */
const PLAIN_INTERVAL_MS = 10_000;

export class Output {
  readonly options: OutputOptions;
  readonly palette: Palette;
  readonly #view: LiveView | undefined;
  #plainAt = Number.NEGATIVE_INFINITY;

  constructor(options: OutputOptions) {
    this.options = options;
    this.palette = createPalette(process.stdout);
    const isLive =
      !options.json && !options.quiet && process.stderr.isTTY === true && process.env.TERM !== 'dumb';
    this.#view = isLive ? new LiveView(process.stderr) : undefined;
  }

  get isJson(): boolean {
    return this.options.json;
  }

  /** A live view is drawn, so its content need not be printed as well. */
  get isLive(): boolean {
    return this.#view !== undefined;
  }

  /** How often progress is wanted. */
  get intervalMs(): number {
    return this.#view === undefined ? 1000 : 200;
  }

  /** A line of JSON; only with --json. */
  event(event: string, fields: object = {}): void {
    if (this.options.json) process.stdout.write(`${JSON.stringify({ event, ...fields })}\n`);
  }

  /** A result for people: standard output, also when quiet. */
  result(line: string): void {
    if (this.options.json) return;
    this.#clear();
    process.stdout.write(`${line}\n`);
  }

  /** A result in columns: as wide as the terminal, or whole where it goes into a file or a program. */
  table(columns: readonly Column[], rows: readonly Row[]): void {
    const width = process.stdout.isTTY ? process.stdout.columns : Number.POSITIVE_INFINITY;
    for (const line of renderTable(columns, rows, width)) this.result(line);
  }

  /** A notice for people: standard error, not when quiet. */
  info(line: string): void {
    if (this.options.json || this.options.quiet) return;
    if (this.#view !== undefined) this.#view.print(line);
    else process.stderr.write(`${line}\n`);
  }

  /** Details that -v asks for. */
  detail(line: string): void {
    if (this.options.verbose) this.info(this.palette.dim(printable(line)));
  }

  /** A bar while something is read and hashed. */
  hashing(what: string, doneBytes: number, totalBytes: number): void {
    const now = performance.now();
    const isDone = doneBytes >= totalBytes;
    if (this.#view === undefined || (now - this.#plainAt < 100 && !isDone)) return;
    this.#plainAt = now;
    const fraction = totalBytes === 0 ? 1 : doneBytes / totalBytes;
    const tail = ` ${(fraction * 100).toFixed(0).padStart(3)} % of ${formatBytes(totalBytes)}`;
    const head = `${what} `;
    const room = Math.min(this.#view.columns, 100) - head.length - tail.length;
    const bar = room >= 10 ? this.palette.good(drawBar(fraction, room)) : '';
    this.#view.draw([`${head}${bar}${tail}`]);
    if (isDone) this.#clear();
  }

  /**
   * Shows progress; called every `intervalMs`.
   * @param live its lines on a terminal of so many columns
   * @param plain one line, for files and pipes
   */
  progress(live: (columns: number, palette: Palette) => readonly string[], plain: () => string): void {
    if (this.#view !== undefined) {
      this.#view.draw(live(this.#view.columns, this.#view.palette));
      return;
    }
    const now = performance.now();
    if (this.options.json || this.options.quiet || now - this.#plainAt < PLAIN_INTERVAL_MS) return;
    this.#plainAt = now;
    process.stderr.write(`${plain()}\n`);
  }

  /** @param detail for --json, and for -v */
  error(code: string, message: string, detail?: string): void {
    if (this.options.json) {
      this.event('error', { code, message, ...(detail === undefined ? {} : { detail }) });
      return;
    }
    this.#clear();
    process.stderr.write(`${createPalette(process.stderr).bad('shoal:')} ${printable(message)}\n`);
    if (detail !== undefined) this.detail(detail);
  }

  #clear(): void {
    this.#view?.draw([]);
  }
}
