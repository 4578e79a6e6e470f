/** Numbers as people type them. */

/** @returns null for nothing or zero, undefined when it is no such number */
export function readNumber(words: string, isFraction: boolean): number | null | undefined {
  const trimmed = words.trim();
  if (trimmed === '') return null;
  const form = isFraction ? /^\d{1,12}([.,]\d{1,6})?$/ : /^\d{1,12}$/;
  if (!form.test(trimmed)) return undefined;
  return Number(trimmed.replace(',', '.')) || null;
}
