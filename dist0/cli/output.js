import { createPalette, drawBar } from './terminal/draw.js';
import { formatBytes, formatRate, printable } from './terminal/format.js';
import { LiveView, renderShare } from './terminal/live-view.js';
/** Plain lines about progress come no closer together than this. */
const PLAIN_INTERVAL_MS = 10_000;
export class Output {
    options;
    palette;
    #view;
    #plainAt = Number.NEGATIVE_INFINITY;
    constructor(options) {
        this.options = options;
        this.palette = createPalette(process.stdout);
        const isLive = !options.json && !options.quiet && process.stderr.isTTY === true && process.env.TERM !== 'dumb';
        this.#view = isLive ? new LiveView(process.stderr) : undefined;
    }
    get isJson() {
        return this.options.json;
    }
    /** How often progress is wanted. */
    get intervalMs() {
        return this.#view === undefined ? 1000 : 200;
    }
    /** A line of JSON; only with --json. */
    event(event, fields = {}) {
        if (this.options.json)
            process.stdout.write(`${JSON.stringify({ event, ...fields })}\n`);
    }
    /** A result for people: standard output, also when quiet. */
    result(line) {
        if (this.options.json)
            return;
        this.#clear();
        process.stdout.write(`${line}\n`);
    }
    /** News for people: standard error, not when quiet. */
    info(line) {
        if (this.options.json || this.options.quiet)
            return;
        if (this.#view !== undefined)
            this.#view.print(line);
        else
            process.stderr.write(`${line}\n`);
    }
    /** Details that -v asks for. */
    detail(line) {
        if (this.options.verbose)
            this.info(this.palette.dim(printable(line)));
    }
    /** A bar while something is read and hashed. */
    hashing(what, doneBytes, totalBytes) {
        const now = performance.now();
        const isDone = doneBytes >= totalBytes;
        if (this.#view === undefined || (now - this.#plainAt < 100 && !isDone))
            return;
        this.#plainAt = now;
        const fraction = totalBytes === 0 ? 1 : doneBytes / totalBytes;
        const tail = ` ${(fraction * 100).toFixed(0).padStart(3)} % of ${formatBytes(totalBytes)}`;
        const head = `${what} `;
        const room = Math.min(this.#view.columns, 100) - head.length - tail.length;
        const bar = room >= 10 ? this.palette.good(drawBar(fraction, room)) : '';
        this.#view.draw([`${head}${bar}${tail}`]);
        if (isDone)
            this.#clear();
    }
    share(status, have) {
        if (this.#view !== undefined) {
            this.#view.draw(renderShare(status, have, this.#view.columns, this.#view.palette));
            return;
        }
        const now = performance.now();
        if (this.options.json || this.options.quiet || now - this.#plainAt < PLAIN_INTERVAL_MS)
            return;
        this.#plainAt = now;
        const percent = status.totalBytes === 0 ? '' : ` ${((100 * status.doneBytes) / status.totalBytes).toFixed(1)} %`;
        const rates = `down ${formatRate(status.downloadRate)}, up ${formatRate(status.uploadRate)}`;
        process.stderr.write(`${printable(status.name)}: ${status.phase}${percent}, ${rates}, ${status.peers} peers\n`);
    }
    error(code, message) {
        if (this.options.json) {
            this.event('error', { code, message });
            return;
        }
        this.#clear();
        process.stderr.write(`${createPalette(process.stderr).bad('shoal:')} ${printable(message)}\n`);
    }
    #clear() {
        this.#view?.draw([]);
    }
}
