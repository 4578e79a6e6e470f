/** The sources of peers and data: trackers, the DHT, web seeds. */
import type { ReactNode } from 'react';
import { api, type ShareSummary } from '../api.ts';
import { keys } from '../keys.ts';
import { useText } from '../texts/index.ts';
import { useAnswer } from '../../../shell/queries.ts';

const LOOK_MS = 3000;

export function TrackersTab({ share }: { readonly share: ShareSummary }): ReactNode {
  const text = useText();
  const answer = useAnswer(keys.trackers(share.id), () => api.trackers(share.id), LOOK_MS);
  if (answer === undefined) return null;
  const { trackers, webSeeds, dht, ways } = answer;
  const others = (['dht', 'pex', 'lsd'] as const).filter((way) => ways[way]).map((way) => text.wayName[way]);
  return (
    <div className="stack">
      <section className="card">
        <h3>{text.dht}</h3>
        <p>{dht === null ? text.dhtOff : dht.isReady ? text.dhtReady(dht.found) : text.dhtNotReady}</p>
      </section>
      {trackers.length === 0 ? <p className="hint">{text.noTrackers(others)}</p> : null}
      {trackers.map(({ url, state, message, seeders, leechers }) => (
        <section key={url} className="card">
          <strong className="break mono">{url}</strong>
          <p className={state === 'failed' ? 'error-text' : ''}>
            {text.trackerState[state]}
            {message === undefined ? '' : `: ${message}`}
          </p>
          {seeders === undefined ? null : <small>{text.seedersLeechers(seeders, leechers ?? 0)}</small>}
        </section>
      ))}
      {webSeeds.map(({ url, state, message }) => (
        <section key={`web ${url}`} className="card">
          <small>{text.webSeed}</small>
          <strong className="break mono">{url}</strong>
          <p className={state === 'failed' || state === 'banned' ? 'error-text' : ''}>
            {text.webSeedState[state]}
            {message === undefined ? '' : `: ${message}`}
          </p>
        </section>
      ))}
    </div>
  );
}
