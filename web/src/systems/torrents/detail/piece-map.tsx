/** A map of the pieces: which are here, and which of the others no connected peer has. */
import { type ReactNode, useEffect, useRef } from 'react';
import { api, type Pieces, type ShareSummary } from '../api.ts';
import { keys } from '../keys.ts';
import { formatBytes, formatPercent } from '../../../shell/format.ts';
import { useText } from '../texts/index.ts';
import { partOf } from '../parts/phase.ts';
import { useAnswer } from '../../../shell/queries.ts';

const CELLS = 400;
const LOOK_MS = 2000;

export function PieceMap({ share }: { readonly share: ShareSummary }): ReactNode {
  const text = useText();
  const canvas = useRef<HTMLCanvasElement>(null);
  const pieces = useAnswer(keys.pieces(share.id), () => api.pieces(share.id, CELLS), LOOK_MS);
  useEffect(() => {
    if (canvas.current !== null && pieces !== undefined) draw(canvas.current, pieces);
  }, [pieces]);
  if (pieces === undefined || pieces.pieceCount === 0) return null;
  const label = text.piecesHere(formatPercent(partOf(share)));
  return (
    <figure className="piece-map">
      <canvas ref={canvas} width={800} height={48} role="img" aria-label={`${text.pieces}: ${label}`} />
      <figcaption>{text.pieceCount(pieces.pieceCount, formatBytes(pieces.pieceLength))}</figcaption>
    </figure>
  );
}

function draw(canvas: HTMLCanvasElement, { have, availability }: Pieces): void {
  const context = canvas.getContext('2d');
  if (context === null) return;
  const style = getComputedStyle(canvas);
  const [here, rare, common] = ['--accent', '--warn', '--track'].map((name) => style.getPropertyValue(name));
  const width = canvas.width / have.length;
  context.clearRect(0, 0, canvas.width, canvas.height);
  for (const [cell, part] of have.entries()) {
    const left = Math.floor(cell * width);
    const right = Math.ceil((cell + 1) * width);
    // The share will wait for pieces that no connected peer has.
    context.fillStyle = (availability[cell] === 0 && part < 1 ? rare : common) ?? '';
    context.globalAlpha = availability[cell] === 0 && part < 1 ? 0.35 : 1;
    context.fillRect(left, 0, right - left, canvas.height);
    context.globalAlpha = 1;
    context.fillStyle = here ?? '';
    const height = part * canvas.height;
    context.fillRect(left, canvas.height - height, right - left, height);
  }
}
