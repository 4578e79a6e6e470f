/** `shoal add`: hands a link or a torrent file to the daemon, or has it share a file or folder in place. */
import { resolve } from 'node:path';
import type { DriveOptions } from '../../../cli/daemon-client.ts';
import type { Output } from '../../../cli/output.ts';
import { printable } from '../../../cli/terminal/format.ts';
import type { RoutedLink } from '../../../host/links.ts';
import type { ShareSummary } from '../api/types.ts';
import { type Connected, drive } from './drive.ts';
import { requestOrPathOf } from './link.ts';
import { describeState, showShare } from './show.ts';

export interface AddOptions extends DriveOptions {
  readonly output?: string;
  readonly select?: readonly string[];
  readonly paused?: boolean;
  readonly label?: readonly string[];
}

export async function runAdd(what: string, options: AddOptions): Promise<void> {
  await drive(options, async (_, output, daemon, signal) => {
    const asked = await requestOrPathOf(what, options, signal);
    const wanted = {
      ...(options.output === undefined ? {} : { folder: resolve(options.output) }),
      ...(options.select === undefined ? {} : { select: options.select }),
      ...(options.paused === true ? { isPaused: true } : {}),
      ...(options.label === undefined ? {} : { labels: options.label }),
    };
    if (asked.path !== undefined) {
      const { share, isNew } = await daemon.add({ path: asked.path, ...wanted });
      tell(output, { system: 'torrents', isNew, line: '', item: share });
      return;
    }
    const { link, torrent: file } = asked;
    tell(output, await open(daemon, { ...(file === undefined ? { link } : { file }), ...wanted }));
  });
}

const open = async ({ ask }: Connected, request: object): Promise<RoutedLink> =>
  (await ask('POST', '/api/v1/links', request)) as RoutedLink;

function tell(output: Output, { system, isNew, line, item }: RoutedLink): void {
  if (!isNew) output.info('it is there already: nothing was added');
  if (system === 'torrents') {
    const share = item as ShareSummary;
    showShare(output, share, describeState(share));
    return;
  }
  output.event('opened', { system, isNew, item });
  output.result(`${system}: ${printable(line)}`);
}
