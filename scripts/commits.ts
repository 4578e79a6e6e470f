/**
 * Judges the messages of commits: an imperative subject of at most 72 characters, an empty line, and a body that says why.
 * Commits before the rule was made are left alone.
 */
import { execFileSync } from 'node:child_process';
import { ROOT } from './steps.ts';

const MAX_SUBJECT_LENGTH = 72;
/** The last commit before the rule. */
const BEFORE = 'd1d672a27961';
const SEPARATOR = '\u0000';

/** What is wrong with a message; undefined when nothing is. */
export function faultOf(message: string): string | undefined {
  const [subject = '', blank = '', ...body] = message.trim().split('\n');
  if (subject.length > MAX_SUBJECT_LENGTH)
    return `its subject has ${subject.length} characters (${MAX_SUBJECT_LENGTH} at most)`;
  if (!/^[A-Z]/.test(subject)) return 'its subject begins with a small letter';
  if (subject.endsWith('.')) return 'its subject ends with a full stop';
  if (/^(\w+(ed|ing)|This|The|A|An)\b/.test(subject))
    return 'its subject is no order: write "Add …", not "Added …" or "Adding …"';
  if (blank.trim() !== '' || body.join('').trim() === '') return 'it has no body that says why';
  return undefined;
}

/** Undefined where the history does not reach back to the rule: a copy without history, or a shallow one. */
function messages(): string[] | undefined {
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    git('merge-base', '--is-ancestor', BEFORE, 'HEAD');
    return git('log', '--no-merges', '-z', '--format=%h %B', `${BEFORE}..HEAD`).split(SEPARATOR);
  } catch {
    return undefined;
  }
}

if (import.meta.main) {
  const found = messages();
  const faults = (found ?? [])
    .filter((line) => line !== '')
    .flatMap((line) => {
      const at = line.indexOf(' ');
      const fault = faultOf(line.slice(at + 1));
      return fault === undefined ? [] : [`${line.slice(0, at)}: ${fault}`];
    });
  for (const fault of faults) console.error(fault);
  console.log(
    found === undefined ? 'commits: the history does not reach back' : `commits: ${faults.length} faults`,
  );
  process.exitCode = faults.length === 0 ? 0 : 1;
}
