/** Small charts as SVG: panels of lines or bars with labelled axes, for pictures of simulations. */

export interface Panel {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly kind: 'line' | 'bars';
  readonly series: readonly {
    readonly name: string;
    readonly points: readonly (readonly [number, number])[];
  }[];
  readonly yMax?: number;
}

const [WIDTH, HEIGHT, GAP] = [460, 260, 24];
const [LEFT, RIGHT, TOP, BOTTOM] = [56, 16, 40, 44];
const COLOURS = ['#2f6fde', '#d9622b', '#2a9d6f', '#8a4fbf'];

export function drawPanels(title: string, panels: readonly Panel[]): string {
  const columns = 2;
  const rows = Math.ceil(panels.length / columns);
  const width = columns * WIDTH + (columns + 1) * GAP;
  const height = rows * HEIGHT + (rows + 1) * GAP + 30;
  const drawn = panels.map((panel, i) => {
    const x = GAP + (i % columns) * (WIDTH + GAP);
    const y = 30 + GAP + Math.floor(i / columns) * (HEIGHT + GAP);
    return `<g transform="translate(${x} ${y})">${drawPanel(panel)}</g>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">
<title>${escapeText(title)}</title>
<style>text{font:12px system-ui,sans-serif;fill:#333}.t{font-weight:600;font-size:13px}.h{font-weight:600;font-size:16px}</style>
<rect width="${width}" height="${height}" fill="#fff"/>
<text class="h" x="${GAP}" y="32">${escapeText(title)}</text>
${drawn.join('\n')}
</svg>
`;
}

function drawPanel(panel: Panel): string {
  const points = panel.series.flatMap((series) => series.points);
  const xs = points.map(([x]) => x);
  const [xMin, xMax] = [Math.min(0, ...xs), niceMax(Math.max(...xs, 1e-9))];
  const yMax = panel.yMax ?? niceMax(Math.max(...points.map(([, y]) => y), 1e-9));
  const toX = (x: number): number => LEFT + ((x - xMin) / (xMax - xMin)) * (WIDTH - LEFT - RIGHT);
  const toY = (y: number): number => HEIGHT - BOTTOM - (y / yMax) * (HEIGHT - TOP - BOTTOM);
  const parts = [
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fafafa" stroke="#ddd"/>`,
    `<text class="t" x="12" y="22">${escapeText(panel.title)}</text>`,
    `<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 8}" text-anchor="middle">${escapeText(panel.xLabel)}</text>`,
    `<text transform="translate(14 ${(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)" text-anchor="middle">${escapeText(panel.yLabel)}</text>`,
  ];
  for (let i = 0; i <= 4; i++) {
    const y = (yMax * i) / 4;
    const x = xMin + ((xMax - xMin) * i) / 4;
    parts.push(
      `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${toY(y)}" y2="${toY(y)}" stroke="#e4e4e4"/>`,
      `<text x="${LEFT - 6}" y="${toY(y) + 4}" text-anchor="end">${format(y)}</text>`,
      `<text x="${toX(x)}" y="${HEIGHT - BOTTOM + 16}" text-anchor="middle">${format(x)}</text>`,
    );
  }
  for (const [i, series] of panel.series.entries()) {
    const colour = COLOURS[i % COLOURS.length]!;
    if (panel.kind === 'line') {
      const path = series.points
        .map(([x, y], n) => `${n === 0 ? 'M' : 'L'}${toX(x).toFixed(1)} ${toY(y).toFixed(1)}`)
        .join('');
      parts.push(`<path d="${path}" fill="none" stroke="${colour}" stroke-width="2"/>`);
    } else {
      const barWidth = Math.max(2, ((WIDTH - LEFT - RIGHT) / Math.max(4, series.points.length + 1)) * 0.7);
      for (const [x, y] of series.points) {
        const top = toY(y);
        parts.push(
          `<rect x="${(toX(x) - barWidth / 2).toFixed(1)}" y="${top.toFixed(1)}" width="${barWidth.toFixed(1)}" height="${(HEIGHT - BOTTOM - top).toFixed(1)}" fill="${colour}"/>`,
        );
      }
    }
    if (panel.series.length > 1) {
      parts.push(
        `<rect x="${WIDTH - RIGHT - 130}" y="${12 + 16 * i}" width="10" height="10" fill="${colour}"/>`,
        `<text x="${WIDTH - RIGHT - 114}" y="${21 + 16 * i}">${escapeText(series.name)}</text>`,
      );
    }
  }
  return parts.join('');
}

/** The next of 1, 2, 2.5, 5 times a power of ten. */
function niceMax(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  for (const step of [1, 2, 2.5, 4, 5, 10]) if (value <= step * power) return step * power;
  return 10 * power;
}

function format(value: number): string {
  if (value === 0) return '0';
  if (Math.abs(value) >= 1000) return String(Math.round(value));
  return String(Number(value.toPrecision(3)));
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

/** Points of a distribution function: for each value, the share of values that are at most as large. */
export function cumulative(values: readonly number[], steps = 100): (readonly [number, number])[] {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
  if (sorted.length === 0) return [[0, 0]];
  const points: (readonly [number, number])[] = [];
  for (let i = 0; i <= steps; i++) {
    const at = Math.min(sorted.length - 1, Math.floor((i / steps) * sorted.length));
    points.push([sorted[at]!, (at + 1) / sorted.length]);
  }
  return points;
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
  return sorted.length === 0
    ? Number.NaN
    : sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
}
