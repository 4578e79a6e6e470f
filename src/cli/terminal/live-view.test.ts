// A live view on a small terminal, drawn as a terminal would: what is left on the screen is what was meant.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LiveView } from './live-view.ts';

/** A terminal of a few rows that knows what the view sends: lines, up, clear line, clear below. */
class Screen {
  readonly isTTY = true;
  readonly columns = 20;
  readonly rows: number;
  /** All lines since the start; those before the last `rows` have scrolled away. */
  readonly lines: string[] = [''];
  #at = 0;

  constructor(rows: number) {
    this.rows = rows;
  }

  write(text: string): void {
    for (const [, up, clear, below, newline, plain] of text.matchAll(
      /\u001b\[(\d+)A\r|(\u001b\[2K)|(\u001b\[J)|(\n)|([^\u001b\n]+)/g,
    )) {
      const top = Math.max(0, this.lines.length - this.rows);
      if (up !== undefined) this.#at = Math.max(top, this.#at - Number(up));
      else if (clear !== undefined) this.lines[this.#at] = '';
      else if (below !== undefined) this.lines.splice(this.#at, this.lines.length, '');
      else if (newline !== undefined) this.lines[++this.#at] ??= '';
      else this.lines[this.#at] += plain!;
    }
  }
}

const open = (rows: number): { readonly screen: Screen; readonly view: LiveView } => {
  const screen = new Screen(rows);
  return { screen, view: new LiveView(screen as unknown as NodeJS.WriteStream) };
};

test('a view is drawn over itself, smaller and larger, and leaves nothing behind', () => {
  const { screen, view } = open(10);
  view.draw(['a 1', 'b 1', 'c 1']);
  view.draw(['a 2']);
  assert.deepEqual(screen.lines, ['a 2', '']);
  view.draw(['a 3', 'b 3']);
  view.print('said for good');
  view.draw(['a 4']);
  assert.deepEqual(screen.lines, ['said for good', 'a 4', '']);
  view.draw([]);
  assert.deepEqual(screen.lines, ['said for good', '']);
});

test('a view that is taller than the terminal does not scroll copies of itself away', () => {
  const { screen, view } = open(4);
  for (let round = 1; round <= 3; round++)
    view.draw(Array.from({ length: 9 }, (_, line) => `line ${line} of round ${round}`));
  assert.deepEqual(screen.lines, ['line 0 of round 3', 'line 1 of round 3', 'line 2 of round 3', '']);
});
