/** The range of a request (RFC 9110, section 14). A request for several ranges gets the whole file. */

export interface ByteRange {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

/**
 * Positions have any number of digits: an end behind the file is clipped (14.1.2), however large it is.
 * @returns undefined for the whole file, `unsatisfiable` for a range outside the file
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
  // A range whose end comes before its start is invalid (14.1.1), also where both are beyond 2^53.
  if (last !== '' && BigInt(last) < BigInt(first)) return undefined;
  const start = clip(BigInt(first), size);
  if (start === size) return 'unsatisfiable';
  return { start, end: last === '' ? size : clip(BigInt(last) + 1n, size) };
}

const clip = (position: bigint, size: number): number => (position < BigInt(size) ? Number(position) : size);
