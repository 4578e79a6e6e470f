/** One stretch of a file, as a client asks for it (RFC 9110, section 14). Of several stretches, all of the file is sent. */

export interface ByteRange {
  readonly start: number;
  /** Up to, not with. */
  readonly end: number;
}

/**
 * Positions have any number of digits: an end behind the file is clipped (14.1.2), however large it is.
 * @returns undefined for the whole file, `unsatisfiable` for a stretch that it does not have
 */
export function parseRange(
  header: string | undefined,
  size: number,
): ByteRange | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec((header ?? '').replace(/\s/g, ''));
  if (match === null) return undefined;
  const [first, last] = [match[1]!, match[2]!];
  if (first === '' && last === '') return undefined;
  if (first === '') {
    const length = clip(BigInt(last), size);
    return length === 0 ? 'unsatisfiable' : { start: size - length, end: size };
  }
  // A range whose end comes before its start is none (14.1.1), also where both are beyond 2^53.
  if (last !== '' && BigInt(last) < BigInt(first)) return undefined;
  const start = clip(BigInt(first), size);
  if (start === size) return 'unsatisfiable';
  return { start, end: last === '' ? size : clip(BigInt(last) + 1n, size) };
}

const clip = (position: bigint, size: number): number => (position < BigInt(size) ? Number(position) : size);
