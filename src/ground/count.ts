/** Numbers of things in messages: `1 peer`, `2 peers`. */

/** @param plural of nouns that take more than an s */
export function formatCount(count: number, noun: string, plural = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`;
}
