/** `shoal rules add`, `remove`, `allow` and `refresh`. */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type CommonOptions, createOutput } from '../../../cli/options.ts';
import type { Output } from '../../../cli/output.ts';
import { EXIT, runCommand } from '../../../cli/run.ts';
import { printable } from '../../../cli/terminal/format.ts';
import { formatCount } from '../../../ground/count.ts';
import { ShoalError } from '../../../ground/errors.ts';
import type { SourceState } from '../api/types.ts';
import { parseSubjects } from '../core/subject.ts';
import { withRules } from './client.ts';

export interface AddOptions extends CommonOptions {
  readonly reason?: string;
  readonly key?: string;
}

export async function runAdd(what: string, options: AddOptions): Promise<void> {
  const output = createOutput(options);
  await runCommand(output, async (signal) => {
    const { reason, key } = options;
    const given = {
      ...(reason === undefined ? {} : { reason }),
      ...(key === undefined ? {} : { key: keyOf(key) }),
    };
    const { sources, own } = await withRules(options, signal, (client) => client.add(nameOf(what), given));
    for (const source of sources) tellSource(output, source);
    for (const rule of own) {
      output.event('rule', rule);
      output.result(`${rule.subject} is denied from now on`);
    }
    return EXIT.done;
  });
}

export async function runAllow(what: string, options: AddOptions): Promise<void> {
  const output = createOutput(options);
  await runCommand(output, async (signal) => {
    const own = await withRules(options, signal, (client) => client.allow(what, options.reason));
    for (const rule of own) {
      output.event('rule', rule);
      output.result(`${rule.subject} is allowed, whatever lists say`);
    }
    return EXIT.done;
  });
}

export async function runRemove(what: string, options: CommonOptions): Promise<void> {
  const output = createOutput(options);
  await runCommand(output, async (signal) => {
    const removed = await withRules(options, signal, (client) => client.remove(nameOf(what, true)));
    for (const name of removed) {
      output.event('removed', { name });
      output.result(`removed: ${printable(name)}`);
    }
    return EXIT.done;
  });
}

export async function runRefresh(list: string | undefined, options: CommonOptions): Promise<void> {
  const output = createOutput(options);
  await runCommand(output, async (signal) =>
    withRules(options, signal, async (client) => {
      const { sources } = await client.state();
      const wanted = list === undefined ? undefined : [list, resolve(list)];
      const chosen = sources.filter(
        ({ id, name, location, role }) =>
          role !== 'start' &&
          location !== '' &&
          (wanted === undefined || wanted.some((text) => [`${id}`, name, location].includes(text))),
      );
      if (list !== undefined && chosen.length === 0)
        throw new ShoalError('not-found', `there is no list "${list}"`);
      let hasFailed = false;
      for (const { id, name } of chosen) {
        try {
          tellSource(output, await client.refresh(id));
        } catch (error) {
          hasFailed = true;
          const { code, message } = error as ShoalError;
          output.error(code, `${printable(name)} stays as it is: ${message}`);
        }
      }
      return hasFailed ? EXIT.failed : EXIT.done;
    }),
  );
}

function tellSource(output: Output, source: SourceState): void {
  output.event('source', source);
  output.result(
    `${printable(source.name)}: ${formatCount(source.rules, 'rule')} in effect, as list ${source.id}`,
  );
  if (source.problemCount === 0) return;
  output.info(`${formatCount(source.problemCount, 'line')} could not be used:`);
  for (const { line, message } of source.problems) output.info(`  line ${line}: ${printable(message)}`);
}

/** A file is named from the folder of the command, and read by the daemon. @param isOnlyName it may be gone by now */
function nameOf(what: string, isOnlyName = false): string {
  if (what.trim() === '' || /^https?:\/\//i.test(what) || parseSubjects(what).ok) return what;
  const path = resolve(what);
  if (existsSync(path)) return path;
  // An address with a slip in it; that it is none is the better answer.
  if (/^[\d.:/]+$/.test(what)) return what;
  return isOnlyName || !/[/\\.]/.test(what) ? what : path;
}

/** The key itself, or what its file says. @throws ShoalError not-found, no-permission */
function keyOf(text: string): string {
  return existsSync(text) ? readFileSync(text, 'utf8') : text;
}
