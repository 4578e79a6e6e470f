const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
const SHADES = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/** https://no-color.org: any non-empty NO_COLOR means no colour. */
export function createPalette(stream) {
    const isOn = stream.isTTY === true && (process.env.NO_COLOR ?? '') === '' && process.env.TERM !== 'dumb';
    const paint = (code) => isOn ? (text) => `\u001b[${code}m${text}\u001b[0m` : (text) => text;
    return { good: paint(32), accent: paint(36), dim: paint(2), bad: paint(31), bold: paint(1) };
}
/** @param fraction 0 to 1 */
export function drawBar(fraction, columns) {
    const clamped = Math.max(0, Math.min(1, fraction));
    const eighths = Math.floor(clamped * columns * 8);
    const full = Math.floor(eighths / 8);
    const part = EIGHTHS[eighths % 8];
    return ('█'.repeat(full) + part).padEnd(columns, '░');
}
/** Each column stands for a stretch of pieces; its height for how many of them are here. */
export function drawPieceMap(have, columns) {
    const width = Math.min(columns, Math.max(1, have.length));
    let map = '';
    for (let column = 0; column < width; column++) {
        const from = Math.floor((column * have.length) / width);
        const to = Math.max(from + 1, Math.floor(((column + 1) * have.length) / width));
        let count = 0;
        for (let piece = from; piece < to && piece < have.length; piece++)
            if (have.has(piece))
                count++;
        const level = count === 0 ? 0 : count === to - from ? 8 : 1 + Math.floor((count / (to - from)) * 6.99);
        map += SHADES[level];
    }
    return map;
}
