/** A moving picture of the swarm: this daemon in the middle, peers around it, lines for what they send each other. */
import type { ReactNode } from 'react';
import type { PeerSummary, ShareSummary } from '../api.ts';
import { formatPercent, formatRate } from '../../../shell/format.ts';
import { useText } from '../texts/index.ts';
import { partOf } from '../parts/phase.ts';

const SIZE = 440;
const CENTRE = SIZE / 2;
const RING = 165;
const MAX_SHOWN = 24;
const PEER_RADIUS = 15;
const OWN_RADIUS = 34;

interface Props {
  readonly share: ShareSummary;
  readonly peers: readonly PeerSummary[];
}

export function SwarmPicture({ share, peers }: Props): ReactNode {
  const text = useText();
  // A steady order keeps the peers in place.
  const shown = peers.slice(0, MAX_SHOWN).sort((a, b) => a.address.localeCompare(b.address));
  const fastest = Math.max(
    1,
    ...shown.map(({ downloadRate, uploadRate }) => Math.max(downloadRate, uploadRate)),
  );
  return (
    <svg
      className="swarm"
      viewBox={`0 0 ${SIZE} ${SIZE}`}
      role="img"
      aria-label={text.fromPeers(peers.length)}
    >
      {shown.map((peer, i) => (
        <PeerMark
          key={peer.address}
          peer={peer}
          angle={(2 * Math.PI * i) / shown.length - Math.PI / 2}
          fastest={fastest}
        />
      ))}
      <Disc x={CENTRE} y={CENTRE} radius={OWN_RADIUS} part={partOf(share)} />
      <text x={CENTRE} y={CENTRE + 5} className="swarm-you">
        {text.you}
      </text>
      {peers.length > MAX_SHOWN ? (
        <text x={CENTRE} y={SIZE - 6} className="swarm-more">
          {text.andMore(peers.length - MAX_SHOWN)}
        </text>
      ) : null}
    </svg>
  );
}

interface MarkProps {
  readonly peer: PeerSummary;
  readonly angle: number;
  readonly fastest: number;
}

function PeerMark({ peer, angle, fastest }: MarkProps): ReactNode {
  const { address, client, downloadRate, uploadRate, progress } = peer;
  const [x, y] = [CENTRE + RING * Math.cos(angle), CENTRE + RING * Math.sin(angle)];
  const words = [address, client, formatPercent(progress)];
  if (downloadRate >= 1) words.push(`↓ ${formatRate(downloadRate)}`);
  if (uploadRate >= 1) words.push(`↑ ${formatRate(uploadRate)}`);
  return (
    <g>
      <title>{words.filter((word) => word !== '').join(' · ')}</title>
      <line x1={x} y1={y} x2={CENTRE} y2={CENTRE} className="swarm-quiet" />
      {downloadRate >= 1 ? <Flow x={x} y={y} offset={-4} rate={downloadRate / fastest} kind="down" /> : null}
      {uploadRate >= 1 ? <Flow x={x} y={y} offset={4} rate={uploadRate / fastest} kind="up" /> : null}
      <Disc x={x} y={y} radius={PEER_RADIUS} part={progress} />
    </g>
  );
}

interface FlowProps {
  readonly x: number;
  readonly y: number;
  readonly offset: number;
  /** 0 to 1. */
  readonly rate: number;
  readonly kind: 'down' | 'up';
}

/** Dashes that run in the direction of the data; two lines beside each other where it goes both ways. */
function Flow({ x, y, offset, rate, kind }: FlowProps): ReactNode {
  const length = Math.hypot(CENTRE - x, CENTRE - y);
  const [dx, dy] = [(-(CENTRE - y) / length) * offset, ((CENTRE - x) / length) * offset];
  return (
    <line
      x1={x + dx}
      y1={y + dy}
      x2={CENTRE + dx}
      y2={CENTRE + dy}
      className={`swarm-flow swarm-${kind}`}
      strokeWidth={1.5 + 4.5 * Math.sqrt(rate)}
    />
  );
}

interface DiscProps {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  /** How much the peer has: 0 to 1. */
  readonly part: number;
}

function Disc({ x, y, radius, part }: DiscProps): ReactNode {
  const around = 2 * Math.PI * radius;
  return (
    <>
      <circle cx={x} cy={y} r={radius} className="swarm-disc" />
      <circle
        cx={x}
        cy={y}
        r={radius}
        className="swarm-part"
        strokeDasharray={`${part * around} ${around}`}
        transform={`rotate(-90 ${x} ${y})`}
      />
    </>
  );
}
