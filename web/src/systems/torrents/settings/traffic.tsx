/** What torrents move, where, and the address for programs that speak Transmission's RPC. */
import type { ReactNode } from 'react';
import { formatBytes } from '../../../shell/format.ts';
import { Section } from '../../../shell/parts/section.tsx';
import { useAnswer } from '../../../shell/queries.ts';
import { api } from '../api.ts';
import { keys } from '../keys.ts';
import { RateChart } from '../parts/rate-chart.tsx';
import { useText } from '../texts/index.ts';

const LOOK_MS = 3000;

export function Traffic(): ReactNode {
  const text = useText();
  const status = useAnswer(keys.status, api.status, LOOK_MS);
  const rates = useAnswer(keys.allRates, api.allRates, LOOK_MS);
  return (
    <Section title={text.setTraffic}>
      <RateChart rates={rates} />
      {status === undefined ? null : (
        <dl className="facts">
          <dt>{text.folder}</dt>
          <dd className="break">{status.downloadDir}</dd>
          <dt>{text.listensOn}</dt>
          <dd>{status.peerPort}</dd>
          <dt>{text.sentInAll}</dt>
          <dd>
            ↑ {formatBytes(status.uploadedBytes)} ↓ {formatBytes(status.downloadedBytes)}
          </dd>
          <dt>{text.transmissionRpc}</dt>
          <dd>
            <code className="break">{`${location.origin}/transmission/rpc`}</code>
          </dd>
        </dl>
      )}
    </Section>
  );
}
