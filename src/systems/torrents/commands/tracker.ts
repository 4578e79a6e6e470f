/** `shoal tracker`: runs a tracker until interrupted. */
import { formatCount } from '../../../ground/count.ts';
import { TrackerServer } from '../../../net/tracker/node/server.ts';
import { openStandingFilter } from '../../../cli/standing-filter.ts';
import { Wakeup } from '../../../ground/node/wakeup.ts';
import { type CommonOptions, createOutput } from '../../../cli/options.ts';
import { EXIT, runCommand } from '../../../cli/run.ts';

export interface TrackerCommandOptions extends CommonOptions {
  readonly interval?: number;
}

const REPORT_MS = 60_000;

export async function runTracker(options: TrackerCommandOptions): Promise<void> {
  const output = createOutput(options);
  await runCommand(
    output,
    async (signal) => {
      const standing = await openStandingFilter(options);
      const tracker = await TrackerServer.listen({
        filter: standing.filter,
        ...(options.port === undefined ? {} : { port: options.port }),
        ...(options.interval === undefined ? {} : { intervalSeconds: Math.max(1, options.interval) }),
      });
      const { port } = tracker;
      const announce = [`http://localhost:${port}/announce`, `udp://localhost:${port}/announce`];
      output.event('ready', { port, announce });
      output.info(`tracker on port ${port}; on this machine it is:`);
      for (const url of announce) output.result(url);
      const pause = new Wakeup();
      while (!signal.aborted) {
        await pause.wait(REPORT_MS, signal);
        const { swarms, peers, announces } = tracker.statistics();
        output.event('statistics', tracker.statistics());
        output.detail(
          `${formatCount(peers, 'peer')} in ${formatCount(swarms, 'swarm')}, ${formatCount(announces, 'announce')} so far`,
        );
      }
      await tracker.close();
      standing.close();
      return EXIT.done;
    },
    () => 'tracker stopped',
  );
}
