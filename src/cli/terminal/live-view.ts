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

  draw(lines: readonly string[]): void {
    if (lines.length === 0 && this.#height === 0) return;
    let out = this.#up();
    for (const line of lines) out += `\u001b[2K${line}\n`;
    // Lines of a taller view before are cleared.
    out += '\u001b[J';
    this.#height = lines.length;
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
