/**
 * Makes a folder with all above it. Node's own recursive `mkdir` never calls back where a parent exists and the file
 * system answers ENOENT all the same (`/proc`, automounter roots): it tries for ever, at full load. This walk goes up
 * while the parent is missing and then down again, and takes no for an answer when the parent is there.
 *
 * `tidy` refuses recursive `mkdir` everywhere else in `src`.
 */
import { mkdir, mkdirSync, stat, statSync, type Stats } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { ShoalError } from '../errors.ts';

/** Attempts: another program may remove a parent folder in the middle. */
const MAX_ATTEMPTS = 3;

/** The calls that the walk makes. They are synchronous or not, as its caller is. */
type Step =
  | { readonly do: 'mkdir'; readonly path: string }
  | { readonly do: 'isFolder'; readonly path: string };

/** The result of a step: for `mkdir` an error or nothing, for `isFolder` whether the path is a folder. */
type Outcome = NodeJS.ErrnoException | boolean | undefined;

/** Returns the uppermost folder that is new. */
function* walk(given: string): Generator<Step, string | undefined, Outcome> {
  const path = resolve(given);
  let uppermost: string | undefined;
  for (let attempt = 1; ; attempt++) {
    const missing = [path];
    let refused: NodeJS.ErrnoException | undefined;
    while (missing.length > 0) {
      const at = missing.at(-1)!;
      const failure = (yield { do: 'mkdir', path: at }) as NodeJS.ErrnoException | undefined;
      if (failure === undefined) {
        uppermost = shorterOf(uppermost, at);
        missing.pop();
      } else if (failure.code !== 'ENOENT') {
        if ((yield { do: 'isFolder', path: at }) !== true) throw failure;
        missing.pop();
      } else {
        const parent = dirname(at);
        refused = failure;
        if (parent === at || (yield { do: 'isFolder', path: parent }) === true) break;
        missing.push(parent);
      }
    }
    if (missing.length === 0) return uppermost;
    if (attempt === MAX_ATTEMPTS) throw refusal(missing.at(-1)!, refused);
  }
}

function shorterOf(a: string | undefined, b: string): string {
  return a === undefined || b.length < a.length ? b : a;
}

function refusal(path: string, cause: unknown): ShoalError {
  return new ShoalError(
    'no-permission',
    `cannot make the folder ${path}: the file system of ${dirname(path)} takes no new folders`,
    cause,
  );
}

function isFolder(stats: Stats | undefined): boolean {
  return stats?.isDirectory() === true;
}

/**
 * @param mode of folders that are new
 * @returns the uppermost folder that is new; undefined when all were there
 * @throws ShoalError no-permission when the file system takes no folders; otherwise the system's error
 */
export async function makeFolder(path: string, mode?: number): Promise<string | undefined> {
  const steps = walk(path);
  let next = steps.next();
  while (next.done !== true) next = steps.next(await take(next.value, mode));
  return next.value;
}

function take(step: Step, mode: number | undefined): Promise<Outcome> {
  return new Promise((done, fail) => {
    if (step.do === 'mkdir') mkdir(step.path, { mode }, (error) => done(error ?? undefined));
    else
      stat(step.path, (error, stats) => {
        if (error === null || isMissing(error)) done(isFolder(stats));
        else fail(error);
      });
  });
}

function isMissing({ code }: NodeJS.ErrnoException): boolean {
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** The same, waiting: for the state folder, which is local. */
export function makeFolderSync(path: string, mode?: number): string | undefined {
  const steps = walk(path);
  let next = steps.next();
  while (next.done !== true) next = steps.next(takeSync(next.value, mode));
  return next.value;
}

function takeSync(step: Step, mode: number | undefined): Outcome {
  if (step.do === 'isFolder') return isFolder(statSync(step.path, { throwIfNoEntry: false }));
  try {
    mkdirSync(step.path, { mode });
    return undefined;
  } catch (error) {
    return error as NodeJS.ErrnoException;
  }
}
