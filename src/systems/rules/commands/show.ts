/** `shoal rules show`, `log` and `check`. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { type CommonOptions, createOutput } from '../../../cli/options.ts';
import type { Output } from '../../../cli/output.ts';
import { EXIT, runCommand } from '../../../cli/run.ts';
import { formatBytes, printable } from '../../../cli/terminal/format.ts';
import { decodeMetainfo, MAX_TORRENT_BYTES } from '../../../data/content/metainfo.ts';
import { toHex } from '../../../ground/bytes.ts';
import { formatCount } from '../../../ground/count.ts';
import { ShoalError } from '../../../ground/errors.ts';
import { nodeHasher } from '../../../ground/node/hasher.ts';
import type { CheckedState, RulesState } from '../api/types.ts';
import { parseSubjects } from '../core/subject.ts';
import { withRules } from './client.ts';

const LOGGED = 1000;

export async function runShow(options: CommonOptions): Promise<void> {
  const output = createOutput(options);
  await runCommand(output, async (signal) => {
    show(output, await withRules(options, signal, (client) => client.state()));
    return EXIT.done;
  });
}

function show(output: Output, { sources, own, rules, memoryBytes }: RulesState): void {
  for (const source of sources) output.event('source', source);
  for (const rule of own) output.event('rule', rule);
  if (sources.length + own.length === 0) return output.result('there are no rules: nothing is denied');
  if (sources.length > 0)
    output.table(
      [
        { heading: 'LIST' },
        { heading: 'RULES' },
        { heading: 'STATE' },
        { heading: 'READ' },
        { heading: 'FROM' },
      ],
      sources.map(({ id, name, rules: count, isOn, isSigned, trouble, readAt, location }) => ({
        cells: [
          `${id < 0 ? '-' : id} ${printable(name)}`,
          `${count}`,
          !isOn ? 'off' : trouble !== null ? `trouble: ${printable(trouble)}` : isSigned ? 'signed' : 'on',
          readAt === null ? '-' : readAt.slice(0, 16).replace('T', ' '),
          printable(location),
        ],
      })),
    );
  for (const [effect, heading] of [
    ['deny', 'DENIED'],
    ['banned', 'BANNED'],
    ['allow', 'ALLOWED'],
  ] as const) {
    const chosen = own.filter((rule) => rule.effect === effect);
    if (chosen.length === 0) continue;
    output.table(
      [{ heading }, { heading: 'REASON' }],
      chosen.map(({ subject, reason }) => ({ cells: [printable(subject), printable(reason)] })),
    );
  }
  output.info(`${formatCount(rules, 'rule')} in effect, ${formatBytes(memoryBytes)} of memory`);
}

export interface LogOptions extends CommonOptions {
  readonly clear?: boolean;
}

export async function runLog(options: LogOptions): Promise<void> {
  const output = createOutput(options);
  await runCommand(output, async (signal) =>
    withRules(options, signal, async (client) => {
      if (options.clear === true) {
        await client.clearLog();
        output.event('cleared');
        output.result('what was refused is forgotten');
        return EXIT.done;
      }
      const refusals = await client.log(LOGGED);
      for (const refusal of refusals) output.event('refusal', refusal);
      if (refusals.length === 0) output.result('nothing was refused');
      else
        output.table(
          [
            { heading: 'LAST' },
            { heading: 'TIMES' },
            { heading: 'AT' },
            { heading: 'WHAT' },
            { heading: 'LIST' },
            { heading: 'REASON' },
          ],
          refusals.map(({ lastAt, count, occasion, subject, list, reason }) => ({
            cells: [
              lastAt.slice(0, 19).replace('T', ' '),
              `${count}`,
              occasion,
              subject,
              printable(list),
              printable(reason),
            ],
          })),
        );
      return EXIT.done;
    }),
  );
}

export async function runCheck(link: string, options: CommonOptions): Promise<void> {
  const output = createOutput(options);
  await runCommand(output, async (signal) => {
    const asked = subjectsOf(link);
    const checked: CheckedState[] = [];
    await withRules(options, signal, async (client) => {
      for (const what of asked) checked.push(...(await client.check(what)));
    });
    for (const each of checked) {
      output.event('checked', each);
      output.result(describe(each));
    }
    return checked.some(({ isDenied }) => isDenied) ? EXIT.failed : EXIT.done;
  });
}

function describe({ subject, isDenied, list, reason, line }: CheckedState): string {
  if (!isDenied) return `${printable(subject)} is allowed`;
  const why = reason === '' || reason === null ? '' : `: ${printable(reason)}`;
  return `${printable(subject)} is denied by "${printable(list!)}"${line === null ? '' : `, line ${line}`}${why}`;
}

/** Torrent files and magnet links, which may be long, stand for their info hashes. @throws ShoalError bad-link, no-permission */
function subjectsOf(link: string): string[] {
  if (/^\s*magnet:/i.test(link)) {
    const parsed = parseSubjects(link);
    if (!parsed.ok) throw new ShoalError('bad-argument', parsed.error.message, parsed.error);
    return parsed.value.map(({ text }) => text);
  }
  const isFile = existsSync(link) && statSync(link).isFile();
  if (!isFile || statSync(link).size > MAX_TORRENT_BYTES) return [link];
  const decoded = decodeMetainfo(readFileSync(link), nodeHasher);
  if (!decoded.ok) throw new ShoalError('bad-link', `${link} is no torrent file: ${decoded.error.message}`);
  const { infoHashV1, infoHashV2 } = decoded.value;
  return [infoHashV1, infoHashV2].filter((hash) => hash !== undefined).map(toHex);
}
