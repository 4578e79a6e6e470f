/**
 * `npm run picture`: makes docs/picture.svg, the live view of a real transfer. Two peers run on loopback, one with an
 * upload limit so that there is something to see; the view is taken at 60 % and drawn as a terminal.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { renderShare } from '../src/systems/torrents/commands/share-view.ts';
import { reportOn } from '../src/systems/torrents/share/report.ts';
import { createPrng } from '../src/ground/prng.ts';
import { createPeer } from '../src/index.ts';
import { ROOT } from './steps.ts';

const COLUMNS = 84;
const [CHARACTER_WIDTH, LINE_HEIGHT, MARGIN] = [8.4, 20, 20];
const tone = (name: string) => (text: string) => `\u0001${name}\u0002${text}\u0003`;
const palette = {
  good: tone('good'),
  accent: tone('accent'),
  dim: tone('dim'),
  bad: tone('bad'),
  bold: tone('bold'),
};

async function takeView(): Promise<string[]> {
  const dir = mkdtempSync(join(tmpdir(), 'shoal-picture-'));
  const name = 'summer-holiday-2026';
  mkdirSync(join(dir, name));
  const prng = createPrng(7);
  for (let i = 0; i < 12; i++)
    writeFileSync(join(dir, name, `IMG_${2040 + i}.jpg`), prng.fill(new Uint8Array(2_500_000)));
  const giver = await createPeer({
    stateDir: join(dir, 'giver'),
    port: 0,
    host: '127.0.0.1',
    dht: false,
    lsd: false,
    uploadLimit: 5_000_000,
  });
  const taker = await createPeer({
    stateDir: join(dir, 'taker'),
    port: 0,
    host: '127.0.0.1',
    dht: false,
    lsd: false,
  });
  try {
    const share = await giver.share(join(dir, name));
    const link = share.magnet([{ host: '127.0.0.1', port: giver.port }]);
    const download = await taker.get(link, { outputDir: join(dir, 'inbox') });
    for await (const status of download.progress({ intervalMs: 50 })) {
      if (
        status.totalBytes > 0 &&
        status.phase === 'fetching' &&
        status.doneBytes / status.totalBytes > 0.6
      ) {
        return [
          `$ shoal get '${link.slice(0, 58)}…'`,
          ...renderShare(reportOn(download, status, true), COLUMNS, palette),
        ];
      }
    }
    throw new Error('the transfer ended before the picture was taken');
  } finally {
    await Promise.all([giver.close(), taker.close()]);
    rmSync(dir, { recursive: true, force: true });
  }
}

const escapeXml = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** Text with tones becomes spans; each span is pinned to its column, so that any monospace font fits. */
function drawLine(line: string, row: number): string {
  const y = MARGIN + 34 + row * LINE_HEIGHT;
  let column = 0;
  const spans: string[] = [];
  for (const [, styled, name, plain] of line.matchAll(
    /(\u0001([a-z]+)\u0002[^\u0003]*\u0003)|([^\u0001]+)/g,
  )) {
    const text = styled === undefined ? plain! : styled.slice(styled.indexOf('\u0002') + 1, -1);
    const length = [...text].length;
    if (text.trim() !== '') {
      const x = (MARGIN + column * CHARACTER_WIDTH).toFixed(1);
      const width = (length * CHARACTER_WIDTH).toFixed(1);
      spans.push(
        `<text x="${x}" y="${y}" class="${name ?? 'plain'}" textLength="${width}" lengthAdjust="spacingAndGlyphs" xml:space="preserve">${escapeXml(text)}</text>`,
      );
    }
    column += length;
  }
  return spans.join('\n');
}

function draw(lines: readonly string[]): string {
  const width = Math.ceil(COLUMNS * CHARACTER_WIDTH + 2 * MARGIN);
  const height = MARGIN + 34 + lines.length * LINE_HEIGHT;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="shoal get in a terminal">
<style>
text { font: 14px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; fill: #d6deeb }
.good { fill: #7ee0a1 } .accent { fill: #82cfff } .bold { font-weight: 700 } .dim { fill: #7a869a } .bad { fill: #ff8f8f }
</style>
<rect width="${width}" height="${height}" rx="10" fill="#10161f"/>
<circle cx="22" cy="18" r="6" fill="#ff5f57"/><circle cx="42" cy="18" r="6" fill="#febc2e"/><circle cx="62" cy="18" r="6" fill="#28c840"/>
${lines.map(drawLine).join('\n')}
</svg>
`;
}

writeFileSync(join(ROOT, 'docs', 'picture.svg'), draw(await takeView()));
console.log('docs/picture.svg');
