/** `shoal status`: whether the daemon is up, what each of its systems does, and where its page is. */
import { resolve } from 'node:path';
import { connectDaemon, type DriveOptions, isDown } from '../cli/daemon-client.ts';
import { createOutput } from '../cli/options.ts';
import type { Output } from '../cli/output.ts';
import { EXIT, runCommand } from '../cli/run.ts';
import { formatDuration, printable } from '../cli/terminal/format.ts';
import { defaultStateDir } from '../host/state/state-folder.ts';
import { ownPage } from '../http/page-address.ts';
import type { DaemonStatus } from './schemas.ts';

export async function runStatus(options: DriveOptions): Promise<void> {
  const output = createOutput(options);
  await runCommand(output, async (signal) => {
    const daemon = connectDaemon(options, signal);
    if (daemon === undefined) throw isDown(resolve(options.state ?? defaultStateDir()));
    const status = (await daemon.ask('GET', '/api/v1/daemon')) as DaemonStatus;
    tell(output, status, ownPage(daemon.url, daemon.token));
    return EXIT.done;
  });
}

function tell(output: Output, { version, pid, upSeconds, systems }: DaemonStatus, page: string): void {
  output.event('status', { version, pid, upSeconds, page, systems });
  output.result(`daemon: up for ${formatDuration(upSeconds)}, version ${version}, process ${pid}`);
  for (const { name, line } of systems) output.result(`${name}: ${printable(line)}`);
  output.result(`page: ${printable(page)}`);
}
