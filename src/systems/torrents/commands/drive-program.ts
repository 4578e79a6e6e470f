/** The commands that drive the daemon, and their options. */
import { type Command, InvalidArgumentError } from 'commander';
import { resolve } from 'node:path';
import { addCommand, addOutputOptions, addStateOption } from '../../../cli/command-options.ts';
import type { AddOptions } from './add.ts';
import type { DriveOptions, LimitOptions } from './drive.ts';
import {
  collect,
  collectLabel,
  collectPattern,
  MAX_MINUTES,
  MAX_RATIO,
  parsePath,
  parseRate,
} from '../../../cli/options.ts';
import { examples } from '../../../cli/run.ts';

const drive = (): Promise<typeof import('./drive.ts')> => import('./drive.ts');

const finish = (added: Command): Command => addOutputOptions(addStateOption(added));

export function addDrive(program: Command): void {
  finish(
    addCommand(program, 'open', 'open the page of the daemon in the browser').argument(
      '[share]',
      'number, or hash',
    ),
  ).action(async (which: string | undefined, options: DriveOptions) =>
    (await drive()).runOpen(which, options),
  );
  addAddress(program);
  finish(
    addCommand(
      program,
      'list',
      'list the shares of the daemon',
      'List the shares of the daemon: number, progress, size, state, peers, time left, rates, name.',
    ),
  ).action(async (options: DriveOptions) => (await drive()).runList(options));
  addAdd(program);
  addChanges(program);
  addShareOptions(program);
  addDetails(program);
}

function addAddress(program: Command): void {
  const added = addCommand(
    program,
    'address',
    'print addresses with a key, for programs that cannot sign in',
    'Print addresses with a key, for programs that take nothing but an address: the WebDAV folder, the metrics, and the playlist of a share if one is named. Anyone who has such an address can read there.',
  )
    .argument('[share]', 'number, or hash')
    .option('--revoke', 'end all keys; the addresses get new ones');
  finish(added)
    .addHelpText('after', examples(['shoal address', 'shoal address 3', 'shoal address --revoke']))
    .action(async (which: string | undefined, options: DriveOptions & { readonly revoke?: boolean }) =>
      (await drive()).runAddress(which, options),
    );
}

function addAdd(program: Command): void {
  const added = addCommand(
    program,
    'add',
    'have the daemon fetch or share something',
    'Have the daemon fetch a link or torrent file, or share a file or folder in place.',
  )
    .argument('<what>')
    .option('-o, --output <dir>', 'folder for downloads (default: that of the daemon)', parsePath)
    .option(
      '--select <glob>',
      'fetch only files whose path matches, e.g. "*.flac"; repeatable',
      collectPattern,
    )
    .option('--paused', 'do not start it yet')
    .option('--label <name>', 'give it this label; repeatable', collectLabel);
  finish(added)
    .addHelpText('after', examples(["shoal add 'magnet:?xt=…'", 'shoal add ~/Pictures --label holiday']))
    .action(async (what: string, options: AddOptions) => (await import('./add.ts')).runAdd(what, options));
}

const onShares = (program: Command, name: string, summary: string): Command =>
  addCommand(program, name, summary).argument('<share...>', 'number, or hash');

function addChanges(program: Command): void {
  const setPaused = (isPaused: boolean) => async (which: string[], options: DriveOptions) =>
    (await drive()).runChange(which, options, () => ({ method: 'PATCH', path: '', body: { isPaused } }));
  finish(onShares(program, 'pause', 'pause shares')).action(setPaused(true));
  finish(onShares(program, 'resume', 'let paused shares go on')).action(setPaused(false));
  finish(onShares(program, 'recheck', 'hash all data of shares again')).action(
    async (which: string[], options: DriveOptions) =>
      (await drive()).runChange(which, options, () => ({ method: 'POST', path: '/recheck' })),
  );
  const removed = onShares(program, 'remove', 'let the daemon forget shares').option(
    '--data',
    'remove the fetched files as well; files that are shared in place stay',
  );
  finish(removed).action(async (which: string[], options: DriveOptions & { readonly data?: boolean }) =>
    (await drive()).runChange(which, options, () => ({
      method: 'DELETE',
      path: `?data=${options.data === true}`,
    })),
  );
}

interface Labels {
  readonly add?: readonly string[];
  readonly remove?: readonly string[];
}

const parseLimit = (text: string): number | null => (text === 'none' ? null : parseRate(text));

function addShareOptions(program: Command): void {
  const moved = onShares(
    program,
    'move',
    'move fetched data to another folder, while it is shared',
  ).requiredOption('-o, --output <dir>', 'folder to move it to', parsePath);
  finish(moved).action(async (which: string[], options: DriveOptions & { readonly output: string }) =>
    (await drive()).runChange(
      which,
      options,
      () => ({ method: 'PATCH', path: '', body: { folder: resolve(options.output) } }),
      ({ folder }) => `lies in ${folder}`,
    ),
  );
  const labelled = onShares(program, 'label', 'add labels to shares, or remove them')
    .option('--add <name>', 'add this label; repeatable', collectLabel)
    .option('--remove <name>', 'remove this label; repeatable', collect);
  finish(labelled)
    .addHelpText('after', examples(['shoal label 3 4 --add films', 'shoal label 3 --remove films']))
    .action(async (which: string[], options: DriveOptions & Labels) =>
      (await drive()).runChange(
        which,
        options,
        ({ labels }) => {
          const kept = labels.filter((label) => options.remove?.includes(label) !== true);
          const next = [...new Set([...kept, ...(options.add ?? [])])];
          return { method: 'PATCH', path: '', body: { labels: next } };
        },
        (await import('./show.ts')).describeLabels,
      ),
    );
  const limited = addCommand(
    program,
    'limit',
    'limit the rates of a share, or of all together, and how long it seeds',
  )
    .argument('[share]', 'number, or hash')
    .option(
      '--down <rate>',
      'receive at most so many bytes a second, e.g. 500K or 2M; none for no limit',
      parseLimit,
    )
    .option('--up <rate>', 'send at most so many bytes a second; none for no limit', parseLimit)
    .option(
      '--ratio <n>',
      'pause after sending so many times the size of the wanted files, in all runs; none for no such goal',
      parseRatio,
    )
    .option(
      '--seeding <minutes>',
      'pause after so many minutes of seeding; none for no such goal',
      parseMinutes,
    )
    .option(
      '--idle <minutes>',
      'pause after so many minutes without demand; none for no such goal',
      parseMinutes,
    );
  finish(limited)
    .addHelpText(
      'after',
      examples([
        'shoal limit --down 2M --up 500K',
        'shoal limit 3 --up none',
        'shoal limit 3 --ratio 2 --seeding 1440',
      ]),
    )
    .action(async (which: string | undefined, options: LimitOptions) =>
      (await drive()).runLimit(which, options),
    );
}

const parseGoal = (text: string, isRight: (value: number) => boolean, what: string): number | null => {
  if (text === 'none') return null;
  const value = Number(text);
  if (text.trim() === '' || !isRight(value)) throw new InvalidArgumentError(what);
  return value;
};
const parseRatio = (text: string): number | null =>
  parseGoal(
    text,
    (value) => value >= 0 && value <= MAX_RATIO,
    `A ratio is a number such as 1.5, up to ${MAX_RATIO}, or none.`,
  );
const parseMinutes = (text: string): number | null =>
  parseGoal(
    text,
    (value) => Number.isInteger(value) && value >= 0 && value <= MAX_MINUTES,
    `Minutes are a whole number, up to ${MAX_MINUTES}, or none.`,
  );

function addDetails(program: Command): void {
  const details = {
    files: [
      'list the files of a share',
      'List the files of a share: number, progress, size, priority, path.',
    ],
    peers: [
      'list the peers of a share',
      'List who is connected: how much each has, rates, address, program.',
    ],
    trackers: ['list the trackers of a share', 'List the trackers of a share, and what each answered.'],
  } as const;
  for (const what of ['files', 'peers', 'trackers'] as const)
    finish(
      addCommand(program, what, details[what][0], details[what][1]).argument('<share>', 'number, or hash'),
    ).action(async (which: string, options: DriveOptions) => (await drive()).runDetail(which, options, what));
}
