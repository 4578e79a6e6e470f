/** Lists as people type them. */

/** @param words separated by commas or blanks */
export const listOf = (words: string): string[] => words.split(/[\s,]+/).filter(Boolean);

/** @param words separated by commas: each may hold blanks */
export const namesOf = (words: string): string[] =>
  words
    .split(',')
    .map((word) => word.trim())
    .filter(Boolean);
