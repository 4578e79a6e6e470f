/**
 * How long a file may be. Most need no more than 200 to 300 lines. Above 400 a file needs a reason, one line in
 * `long-files.txt`, so that nobody squeezes it, or breaks splinters off, to please a number. Above 600 no reason counts.
 */
const FREE_LINES = 400;
const MAX_LINES = 600;
/** A reason has a few words at least. */
const MIN_REASON = 20;

export interface LengthFinding {
  readonly file: string;
  readonly message: string;
}

/**
 * @param lines how many lines each source file has
 * @param list `long-files.txt`: a path, a colon and the reason on each line
 */
export function checkLengths(lines: ReadonlyMap<string, number>, list: string): LengthFinding[] {
  const findings: LengthFinding[] = [];
  const reasons = new Map<string, string>();
  for (const line of list.split('\n').filter((text) => text !== '')) {
    const [file = '', reason = ''] = line.split(/: (.*)/);
    if (reason.length < MIN_REASON)
      findings.push({ file, message: 'long-files.txt: a path, a colon, a reason' });
    if (reasons.has(file)) findings.push({ file, message: 'long-files.txt names it twice' });
    reasons.set(file, reason);
  }
  for (const [file, count] of lines) {
    if (count > MAX_LINES)
      findings.push({ file, message: `${count} lines; carve it (${MAX_LINES} at most)` });
    else if (count > FREE_LINES && !reasons.has(file))
      findings.push({
        file,
        message: `${count} lines; carve it, or say in scripts/long-files.txt why not (above ${FREE_LINES})`,
      });
  }
  for (const file of reasons.keys())
    if ((lines.get(file) ?? 0) <= FREE_LINES)
      findings.push({ file, message: `scripts/long-files.txt: needs no reason (up to ${FREE_LINES} lines)` });
  return findings;
}
