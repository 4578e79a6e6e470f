/** The command by which a person runs this program, so that printed commands can be pasted. */
import { accessSync, constants, existsSync } from 'node:fs';
import { basename, delimiter, dirname, isAbsolute, join, relative } from 'node:path';
import { printable } from './terminal/format.ts';

export interface Call {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** The script that runs. */
  readonly script: string;
}

const thisCall = (): Call => ({ env: process.env, cwd: process.cwd(), script: process.argv[1] ?? '' });

/**
 * The launcher of a checkout passes its own name in SHOAL_COMMAND; npm sets `npm_command` for `npx`. Without either, this
 * is the installed package, or the sources of a checkout whose launcher lies beside them.
 */
export function commandName({ env, cwd, script }: Call = thisCall()): string {
  const path = env.PATH ?? '';
  const called = env.SHOAL_COMMAND ?? '';
  if (called !== '') return nameOf(called, path);
  if (env.npm_command === 'exec') return 'npx shoal';
  const launcher = join(dirname(script), '..', '..', 'shoal');
  if (script.endsWith(join('src', 'app', 'main.ts')) && existsSync(launcher)) {
    const short = relative(cwd, launcher);
    return quoteWord(short.startsWith('..') ? launcher : `./${short}`);
  }
  return isOnPath('shoal', path) ? 'shoal' : 'npx shoal';
}

/**
 * A command for the daemon of this call, ready to be pasted: another state folder has another daemon.
 * @param rest the command and its arguments, such as `remove 1`
 */
export function commandLine(rest: string, argv: readonly string[] = process.argv): string {
  const at = argv.findIndex((word) => word === '--state' || word.startsWith('--state='));
  const state = argv[at]?.includes('=') === true ? argv[at].slice('--state='.length) : argv[at + 1];
  const line = `${commandName()} ${rest}`;
  return at < 0 || state === undefined ? line : `${line} --state ${printable(quoteWord(state))}`;
}

/** A shell that finds a script on the PATH calls it by its whole name. */
function nameOf(called: string, path: string): string {
  if (isAbsolute(called) && path.split(delimiter).includes(dirname(called)))
    return quoteWord(basename(called));
  return quoteWord(called.includes('/') ? called : `./${called}`);
}

/** For a POSIX shell; most names need no quotes. */
export function quoteWord(word: string): string {
  return /^[\w./~+:@%,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function isOnPath(name: string, path: string): boolean {
  for (const folder of path.split(delimiter)) {
    if (folder === '') continue;
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      // Not in this one.
    }
  }
  return false;
}
