/** A chart of the rates over time, both on one scale. */
import type { ReactNode } from 'react';
import type { Rates } from '../api.ts';
import { formatRate } from '../../../shell/format.ts';
import { useText } from '../texts/index.ts';

const WIDTH = 600;
const HEIGHT = 140;
/** The smallest top of the scale: a few bytes a second should not look like a peak. */
const MIN_SCALE = 10 * 1024;

export function RateChart({ rates }: { readonly rates: Rates | undefined }): ReactNode {
  const text = useText();
  const download = rates?.download ?? [];
  const upload = rates?.upload ?? [];
  const most = Math.max(MIN_SCALE, ...download, ...upload);
  const minutes = Math.round(((rates?.secondsEach ?? 2) * 300) / 60);
  const [down, up] = [download.at(-1) ?? 0, upload.at(-1) ?? 0];
  const label = `${text.downloading} ${formatRate(down)}, ${text.uploading} ${formatRate(up)}, ${text.lastMinutes(minutes)}`;
  return (
    <figure className="rate-chart">
      <div className="legend">
        <span className="rate rate-down">↓ {formatRate(down)}</span>
        <span className="rate rate-up">↑ {formatRate(up)}</span>
        <span className="spring" />
        <small>{formatRate(most)}</small>
      </div>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={label}>
        <line x1="0" x2={WIDTH} y1={HEIGHT - 1} y2={HEIGHT - 1} className="chart-base" />
        <line x1="0" x2={WIDTH} y1={HEIGHT / 2} y2={HEIGHT / 2} className="chart-line" />
        <path d={areaOf(download, most)} className="chart-down" />
        <path d={lineOf(upload, most)} className="chart-up" />
      </svg>
      <figcaption>{text.lastMinutes(minutes)}</figcaption>
    </figure>
  );
}

function lineOf(samples: readonly number[], most: number): string {
  if (samples.length < 2) return '';
  const step = WIDTH / (samples.length - 1);
  return samples
    .map(
      (rate, i) =>
        `${i === 0 ? 'M' : 'L'}${(i * step).toFixed(1)} ${(HEIGHT - 2 - (rate / most) * (HEIGHT - 8)).toFixed(1)}`,
    )
    .join('');
}

function areaOf(samples: readonly number[], most: number): string {
  const line = lineOf(samples, most);
  return line === '' ? '' : `${line}L${WIDTH} ${HEIGHT}L0 ${HEIGHT}Z`;
}
