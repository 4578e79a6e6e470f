/** The state of the daemon, and the interfaces for other programs. */
import type { ReactNode } from 'react';
import { formatBytes, formatDuration } from '../../../shell/format.ts';
import { DaemonLink } from '../../../shell/parts/needs-daemon.tsx';
import { useAnswer } from '../../../shell/queries.ts';
import { api } from '../api.ts';
import { keys } from '../keys.ts';
import { RateChart } from '../parts/rate-chart.tsx';
import { useText } from '../texts/index.ts';

const LOOK_MS = 3000;

export function About(): ReactNode {
  const text = useText();
  const status = useAnswer(keys.status, api.status, LOOK_MS);
  const rates = useAnswer(keys.allRates, api.allRates, LOOK_MS);
  return (
    <section className="card stack">
      <h2>{text.setAbout}</h2>
      <RateChart rates={rates} />
      {status === undefined ? null : (
        <dl className="facts">
          <dt>{text.version}</dt>
          <dd>{status.version}</dd>
          <dt>{text.folder}</dt>
          <dd className="break">{status.downloadDir}</dd>
          <dt>{text.listensOn}</dt>
          <dd>{status.peerPort}</dd>
          <dt>{text.upSince}</dt>
          <dd>{formatDuration(status.upSeconds)}</dd>
          <dt>{text.sentInAll}</dt>
          <dd>
            ↑ {formatBytes(status.uploadedBytes)} ↓ {formatBytes(status.downloadedBytes)}
          </dd>
        </dl>
      )}
      <h3>{text.interfaces}</h3>
      <p className="hint">{text.interfacesText}</p>
      <div className="row">
        <code className="break">{`${location.origin}/transmission/rpc`}</code>
        <DaemonLink className="link-button" href="/api/v1/openapi.json">
          {text.apiDescription}
        </DaemonLink>
        <DaemonLink className="link-button" href="./licenses.md" target="_blank" rel="noreferrer">
          {text.licenses}
        </DaemonLink>
      </div>
    </section>
  );
}
