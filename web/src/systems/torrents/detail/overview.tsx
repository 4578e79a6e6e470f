/** Overview of a share: progress, speed, pieces, preferences. */
import { X } from 'lucide-react';
import { type FormEvent, type ReactNode, useState } from 'react';
import { Button, Input, Label, TextField } from 'react-aria-components';
import { api, type ChangeRequest, type ShareSummary } from '../api.ts';
import { keys } from '../keys.ts';
import { formatBytes, formatDate, formatPercent } from '../../../shell/format.ts';
import { useText } from '../texts/index.ts';
import { Choice, LimitField, Toggle } from '../../../shell/parts/controls.tsx';
import { NeedsDaemon } from '../../../shell/parts/needs-daemon.tsx';
import { complain } from '../../../shell/notices.ts';
import { partOf } from '../parts/phase.ts';
import { RateChart } from '../parts/rate-chart.tsx';
import { useAnswer } from '../../../shell/queries.ts';
import { store } from '../store.ts';
import { PieceMap } from './piece-map.tsx';

const RATES_MS = 2000;
/** The end of the queue, however long it is. */
const LAST_PLACE = 1_000_000;

export function Overview({ share }: { readonly share: ShareSummary }): ReactNode {
  const text = useText();
  const { id, totalBytes, doneBytes, uploadedBytes } = share;
  const rates = useAnswer(keys.rates(id), () => api.rates(id), RATES_MS);
  const part = partOf(share);
  const ratio = totalBytes === 0 ? 0 : uploadedBytes / totalBytes;
  return (
    <div className="stack">
      <section className="card">
        <h3>{text.progress}</h3>
        <p className="big-number">
          {totalBytes === 0 ? null : formatPercent(part)}
          <small>
            {totalBytes === 0
              ? text.phaseName[share.phase]
              : text.ofSize(formatBytes(doneBytes), formatBytes(totalBytes))}
          </small>
        </p>
        <PieceMap share={share} />
      </section>
      <section className="card">
        <h3>{text.speed}</h3>
        <RateChart rates={rates} />
      </section>
      <Preferences share={share} />
      <section className="card">
        <dl className="facts">
          <dt>{text.folder}</dt>
          <dd className="break">{share.folder}</dd>
          <dt>{text.added}</dt>
          <dd>{formatDate(share.addedAt)}</dd>
          {share.doneAt === null ? null : (
            <>
              <dt>{text.finished}</dt>
              <dd>{formatDate(share.doneAt)}</dd>
            </>
          )}
          <dt>{text.ratio}</dt>
          <dd>
            {formatPercentFree(ratio)}{' '}
            <small>({text.ratioHint(formatBytes(uploadedBytes), formatBytes(totalBytes))})</small>
          </dd>
          <dt>{text.infoHash}</dt>
          <dd className="mono break">{share.hash}</dd>
        </dl>
      </section>
    </div>
  );
}

const formatPercentFree = (ratio: number): string => `${Math.round(ratio * 100)} %`;

function Preferences({ share }: { readonly share: ShareSummary }): ReactNode {
  const text = useText();
  const change = (request: ChangeRequest): void => {
    api.change(share.id, request).then((next) => store.put(next), complain);
  };
  return (
    <section className="card stack">
      <NeedsDaemon>
        {share.isInPlace ? null : (
          <>
            <Toggle
              label={text.sequential}
              hint={text.sequentialHint}
              isOn={share.isSequential}
              onChange={(isSequential) => change({ isSequential })}
            />
            <Toggle
              label={text.onDemand}
              isOn={share.isOnDemand}
              onChange={(isOnDemand) => change({ isOnDemand })}
            />
          </>
        )}
        <div className="row">
          <LimitField
            label={text.downLimit}
            value={share.downloadLimit}
            onChange={(downloadLimit) => change({ downloadLimit })}
          />
          <LimitField
            label={text.upLimit}
            value={share.uploadLimit}
            onChange={(uploadLimit) => change({ uploadLimit })}
          />
        </div>
        <div className="row row-bottom">
          <Choice
            label={text.priority}
            options={text.priorities}
            value={share.priority}
            onChange={(priority) => change({ priority })}
          />
          {share.phase === 'waiting' ? (
            <Button className="button" onPress={() => change({ isForced: true })}>
              {text.startNow}
            </Button>
          ) : null}
          <Button className="button" onPress={() => change({ place: 0 })}>
            {text.first}
          </Button>
          <Button className="button" onPress={() => change({ place: LAST_PLACE })}>
            {text.last}
          </Button>
        </div>
        <Labels labels={share.labels} onChange={(labels) => change({ labels })} />
      </NeedsDaemon>
    </section>
  );
}

interface LabelsProps {
  readonly labels: readonly string[];
  readonly onChange: (labels: readonly string[]) => void;
}

function Labels({ labels, onChange }: LabelsProps): ReactNode {
  const text = useText();
  const [draft, setDraft] = useState('');
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (draft.trim() !== '' && !labels.includes(draft.trim())) onChange([...labels, draft.trim()]);
    setDraft('');
  };
  return (
    <div className="labels">
      {labels.map((label) => (
        <span key={label} className="chip">
          {label}
          <Button
            className="chip-button"
            aria-label={text.removeLabel(label)}
            onPress={() => onChange(labels.filter((other) => other !== label))}
          >
            <X aria-hidden />
          </Button>
        </span>
      ))}
      <form onSubmit={submit}>
        <TextField className="field inline-field" value={draft} onChange={setDraft} maxLength={100}>
          <Label>{text.addLabel}</Label>
          <Input className="input" placeholder={text.addLabel} />
        </TextField>
      </form>
    </div>
  );
}
