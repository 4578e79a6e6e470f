/** Lines that are redrawn in place a few times a second; other lines are printed above them, for good. */
import { createPalette, type Palette } from './draw.ts';

export class LiveView {
  readonly #stream: NodeJS.WriteStream;
  readonly palette: Palette;
  #height = 0;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
    this.palette = createPalette(stream);
  }

  /** @param lines none wider than `columns`; those that the terminal has no room for are left out at the end */
  draw(lines: readonly string[]): void {
    // Lines that scrolled away cannot be drawn again; the cursor stands below the last one.
    const shown = lines.slice(0, Math.max(1, (this.#stream.rows ?? Number.POSITIVE_INFINITY) - 1));
    if (shown.length === 0 && this.#height === 0) return;
    let out = this.#up();
    for (const line of shown) out += `\u001b[2K${line}\n`;
    // Lines of a taller view before are cleared.
    out += '\u001b[J';
    this.#height = shown.length;
    this.#stream.write(out);
  }

  /** Prints above the view, for good. */
  print(line: string): void {
    this.#stream.write(`${this.#up()}\u001b[J${line}\n`);
    this.#height = 0;
  }

  get columns(): number {
    return this.#stream.columns ?? 80;
  }

  #up(): string {
    return this.#height === 0 ? '' : `\u001b[${this.#height}A\r`;
  }
}
