/** `shoal tracker`: runs a tracker until interrupted. */
import { TrackerServer } from '../tracker/node/server.js';
import { Wakeup } from '../peer/wakeup.js';
import { createOutput } from './options.js';
import { EXIT, runCommand } from './run.js';
const REPORT_MS = 60_000;
export async function runTracker(options) {
    const output = createOutput(options);
    await runCommand(output, async (signal) => {
        const tracker = await TrackerServer.listen({
            ...(options.port === undefined ? {} : { port: options.port }),
            ...(options.interval === undefined ? {} : { intervalSeconds: Math.max(1, options.interval) }),
        });
        const { port } = tracker;
        const announce = [`http://localhost:${port}/announce`, `udp://localhost:${port}/announce`];
        output.event('ready', { port, announce });
        output.info(`tracker on port ${port}; on this machine it is:`);
        for (const url of announce)
            output.result(url);
        const pause = new Wakeup();
        while (!signal.aborted) {
            await pause.wait(REPORT_MS, signal);
            const { swarms, peers, announces } = tracker.statistics();
            output.event('statistics', tracker.statistics());
            output.detail(`${peers} peers in ${swarms} swarms, ${announces} announces so far`);
        }
        await tracker.close();
        return EXIT.done;
    }, () => 'tracker stopped');
}
