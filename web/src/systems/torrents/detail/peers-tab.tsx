/** The connected peers, as a picture of the swarm and as a table. */
import type { ReactNode } from 'react';
import { api, type PeerSummary, type ShareSummary } from '../api.ts';
import { keys } from '../keys.ts';
import { formatBytes, formatPercent, formatRate } from '../../../shell/format.ts';
import { useText } from '../texts/index.ts';
import { useAnswer } from '../../../shell/queries.ts';
import { SwarmPicture } from './swarm-picture.tsx';

const LOOK_MS = 1000;

export function PeersTab({ share }: { readonly share: ShareSummary }): ReactNode {
  const text = useText();
  const peers = useAnswer(keys.peers(share.id), () => api.peers(share.id), LOOK_MS);
  if (peers === undefined) return null;
  if (peers.length === 0) return <p className="empty">{text.noPeersLong}</p>;
  const sorted = [...peers].sort(
    (a, b) =>
      b.downloadRate + b.uploadRate - a.downloadRate - a.uploadRate || a.address.localeCompare(b.address),
  );
  return (
    <div className="stack">
      <section className="card">
        <h3>{text.swarm}</h3>
        <SwarmPicture share={share} peers={sorted} />
        <p className="hint">{text.swarmHint}</p>
      </section>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keys */}
      <section className="table-box" tabIndex={0} aria-label={text.peers}>
        <table>
          <thead>
            <tr>
              <th scope="col">{text.address}</th>
              <th scope="col">{text.hasPart}</th>
              <th scope="col">{text.downloading}</th>
              <th scope="col">{text.uploading}</th>
            </tr>
          </thead>
          <tbody>
            {sorted.map((peer) => (
              <PeerRow key={peer.address} peer={peer} />
            ))}
          </tbody>
        </table>
      </section>
    </div>
  );
}

function PeerRow({ peer }: { readonly peer: PeerSummary }): ReactNode {
  const text = useText();
  const { address, client, transport, progress, encryption } = peer;
  const { downloadRate, uploadRate, downloadedBytes, uploadedBytes } = peer;
  const encrypted = encryption === 'none' ? '' : text.encryptionOf[encryption];
  return (
    <tr>
      <td>
        <span className="mono">{address}</span>
        <small>{[client, transport === 'utp' ? 'uTP' : '', encrypted].filter(Boolean).join(' · ')}</small>
      </td>
      <td>{formatPercent(progress)}</td>
      <td>
        {downloadRate >= 1 ? formatRate(downloadRate) : '–'}
        <small>{formatBytes(downloadedBytes)}</small>
      </td>
      <td>
        {uploadRate >= 1 ? formatRate(uploadRate) : '–'}
        <small>{formatBytes(uploadedBytes)}</small>
      </td>
    </tr>
  );
}
