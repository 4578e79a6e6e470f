/** Numbers as people type them. */

/** @returns null for nothing or zero, undefined when it is no such number */
export function readNumber(words: string, isFraction: boolean): number | null | undefined {
  if (words.trim() === '') return null;
  const number = readNeeded(words, isFraction);
  return number === 0 ? null : number;
}

/** @returns undefined when it is no such number; zero is one, nothing is not */
export function readNeeded(words: string, isFraction: boolean): number | undefined {
  const trimmed = words.trim();
  const form = isFraction ? /^\d{1,12}([.,]\d{1,6})?$/ : /^\d{1,12}$/;
  return form.test(trimmed) ? Number(trimmed.replace(',', '.')) : undefined;
}
