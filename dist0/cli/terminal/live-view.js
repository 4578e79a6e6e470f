import { createPalette, drawBar, drawPieceMap } from './draw.js';
import { columnsOf, fit, fitEnd, formatBytes, formatDuration, formatRate, padTo, printable, } from './format.js';
const PHASES = {
    metadata: 'asking for metadata',
    checking: 'checking what is here',
    fetching: 'fetching',
    paused: 'resting',
    seeding: 'seeding',
    failed: 'failed',
    stopped: 'stopped',
};
const MAX_TROUBLES = 3;
/** The lines of a view; pure, so that a test can look at it at any width. */
export function renderShare(status, have, columns, palette) {
    const width = Math.max(20, Math.min(columns, 100));
    const phase = PHASES[status.phase];
    const name = fit(printable(status.name), Math.max(8, width - phase.length - 1));
    const gap = ' '.repeat(Math.max(1, width - columnsOf(name) - phase.length));
    const lines = [`${palette.bold(name)}${gap}${palette.accent(phase)}`];
    if (status.totalBytes > 0)
        lines.push(renderBar(status, width, palette));
    lines.push(fit(renderRates(status), width));
    if (have !== undefined && have.length > 1 && status.phase !== 'metadata' && status.phase !== 'checking') {
        lines.push(`▕${palette.good(padTo(drawPieceMap(have, width - 2), Math.min(width - 2, have.length)))}▏`);
    }
    for (const { message } of status.troubles.slice(0, MAX_TROUBLES))
        lines.push(palette.bad(fitEnd(printable(message), width)));
    // One dead tracker beside a living one is no trouble.
    const works = status.trackers.some((tracker) => tracker.state === 'working');
    const trouble = works
        ? undefined
        : status.trackers.find((tracker) => tracker.state === 'failed' && tracker.message !== undefined);
    if (trouble !== undefined) {
        lines.push(palette.bad(fit(`tracker ${printable(trouble.url)}: ${printable(trouble.message)}`, width)));
    }
    const { dht } = status;
    if (dht !== undefined &&
        status.peers === 0 &&
        (status.phase === 'metadata' || status.phase === 'fetching')) {
        lines.push(palette.dim(fit(describeSearch(dht), width)));
    }
    return lines;
}
/** What the DHT has done for a share that has nobody yet. */
function describeSearch(dht) {
    if (dht.found > 0)
        return `the DHT names ${dht.found} ${dht.found === 1 ? 'peer' : 'peers'}: connecting`;
    if (!dht.isReady)
        return 'no DHT node has answered yet (see: shoal dht status)';
    return dht.rounds === 0 ? 'asking the DHT' : 'the DHT knows nobody who has it: asking again now and then';
}
function renderBar(status, width, palette) {
    const fraction = status.doneBytes / status.totalBytes;
    const percent = `${(Math.floor(fraction * 1000) / 10).toFixed(1)} %`.padStart(8);
    const amount = ` ${formatBytes(status.doneBytes)} of ${formatBytes(status.totalBytes)}`;
    const room = width - percent.length - amount.length;
    const bar = room >= 10 ? drawBar(fraction, room) : '';
    return `${palette.good(bar)}${percent}${room >= 0 ? amount : ''}`;
}
function renderRates(status) {
    const peers = `${status.peers} ${status.peers === 1 ? 'peer' : 'peers'}`;
    const seeds = status.seeds > 0 ? ` (${status.seeds} ${status.seeds === 1 ? 'seed' : 'seeds'})` : '';
    const parts = [`↓ ${formatRate(status.downloadRate)}`, `↑ ${formatRate(status.uploadRate)}`, peers + seeds];
    if (status.secondsLeft !== undefined)
        parts.push(`${formatDuration(status.secondsLeft)} left`);
    if (status.phase === 'seeding')
        parts.push(`${formatBytes(status.uploadedBytes)} given`);
    return parts.join('  ');
}
export class LiveView {
    #stream;
    palette;
    #height = 0;
    constructor(stream) {
        this.#stream = stream;
        this.palette = createPalette(stream);
    }
    draw(lines) {
        let out = this.#up();
        for (const line of lines)
            out += `\u001b[2K${line}\n`;
        // Lines of a taller view before are cleared.
        out += '\u001b[J';
        this.#height = lines.length;
        this.#stream.write(out);
    }
    /** Prints above the view, for good. */
    print(line) {
        this.#stream.write(`${this.#up()}\u001b[J${line}\n`);
        this.#height = 0;
    }
    get columns() {
        return this.#stream.columns ?? 80;
    }
    #up() {
        return this.#height === 0 ? '' : `\u001b[${this.#height}A\r`;
    }
}
