/** The parts of the settings: each says what it is for, and what is changed holds at once. */
import { Plus, Trash2 } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { Button, Input, Label, TextField, ToggleButton } from 'react-aria-components';
import { api, ask, type Feed, type LabelSettings, type PeerSettings, type ScheduleEntry } from './api.ts';
import { useText } from './i18n/index.ts';
import { Choice, LimitField, NumberField, TextSetting, Toggle } from './parts/controls.tsx';
import { complain, notify } from './parts/notices.tsx';
import { useEvery } from './parts/use-every.ts';
import { IconButton } from './parts/icon-button.tsx';

export interface SettingsProps {
  readonly settings: PeerSettings;
  readonly onChange: (given: Partial<PeerSettings>) => void;
}

/** What happens in the background is asked for again. */
const LOOK_MS = 5000;

function Trouble({ words }: { readonly words: string | null }): ReactNode {
  return words === null ? null : <p className="error-text break">{words}</p>;
}

interface SectionProps {
  readonly title: string;
  readonly words?: string;
  readonly children: ReactNode;
}

function Section({ title, words, children }: SectionProps): ReactNode {
  return (
    <section className="card stack">
      <h2>{title}</h2>
      {words === undefined ? null : <p className="hint">{words}</p>}
      {children}
    </section>
  );
}

export function SpeedSettings({ settings, onChange }: SettingsProps): ReactNode {
  const text = useText();
  const { downloadLimit, uploadLimit, slowDownloadLimit, slowUploadLimit, isSlow } = settings;
  return (
    <Section title={text.setSpeed} words={text.setSpeedText}>
      <div className="row row-bottom">
        <LimitField
          label={text.downLimit}
          value={downloadLimit}
          onChange={(value) => onChange({ downloadLimit: value })}
        />
        <LimitField
          label={text.upLimit}
          value={uploadLimit}
          onChange={(value) => onChange({ uploadLimit: value })}
        />
      </div>
      <Toggle
        label={text.slowMode}
        hint={text.slowModeHint}
        isOn={isSlow}
        onChange={(on) => onChange({ isSlow: on })}
      />
      <div className="row row-bottom">
        <LimitField
          label={text.slowDown}
          value={slowDownloadLimit}
          onChange={(value) => onChange({ slowDownloadLimit: value })}
        />
        <LimitField
          label={text.slowUp}
          value={slowUploadLimit}
          onChange={(value) => onChange({ slowUploadLimit: value })}
        />
      </div>
    </Section>
  );
}

export function ScheduleSettings({ settings, onChange }: SettingsProps): ReactNode {
  const text = useText();
  const { schedule, meteredInterfaces, onMetered } = settings;
  const put = (at: number, entry: ScheduleEntry): void => onChange({ schedule: schedule.with(at, entry) });
  const addOne = (): void =>
    onChange({
      schedule: [...schedule, { days: [1, 2, 3, 4, 5], from: '08:00', to: '18:00', mode: 'slow' }],
    });
  return (
    <Section title={text.setSchedule} words={text.setScheduleText}>
      {schedule.map((entry, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: entries have no names, and keep their order
        <div key={at} className="hours">
          <div className="row" role="group" aria-label={text.setSchedule}>
            {text.days.map((name, day) => (
              <ToggleButton
                key={name}
                className="day"
                isSelected={entry.days.includes(day)}
                onChange={(isOn) =>
                  put(at, {
                    ...entry,
                    days: isOn ? [...entry.days, day].sort() : entry.days.filter((one) => one !== day),
                  })
                }
              >
                {name}
              </ToggleButton>
            ))}
          </div>
          <div className="row">
            <Clock label={text.from} value={entry.from} onChange={(from) => put(at, { ...entry, from })} />
            <Clock label={text.until} value={entry.to} onChange={(to) => put(at, { ...entry, to })} />
            <Choice
              label={text.whenMetered}
              isLabelHidden
              options={text.modes}
              value={entry.mode}
              onChange={(mode) => put(at, { ...entry, mode })}
            />
            <IconButton
              label={text.remove}
              onPress={() => onChange({ schedule: schedule.filter((_, other) => other !== at) })}
            >
              <Trash2 aria-hidden />
            </IconButton>
          </div>
        </div>
      ))}
      <div className="row">
        <Button className="button" onPress={addOne}>
          <Plus aria-hidden /> {text.addHours}
        </Button>
      </div>
      <h3>{text.setMetered}</h3>
      <p className="hint">{text.setMeteredText}</p>
      <div className="row row-bottom">
        <TextSetting
          label={text.interfacesLabel}
          value={meteredInterfaces.join(', ')}
          onChange={(words) => onChange({ meteredInterfaces: words.split(/[\s,]+/).filter(Boolean) })}
        />
        <Choice
          label={text.whenMetered}
          options={text.modes}
          value={onMetered}
          onChange={(mode) => onChange({ onMetered: mode })}
        />
      </div>
    </Section>
  );
}

interface ClockProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

function Clock({ label, value, onChange }: ClockProps): ReactNode {
  return (
    <TextField
      className="field clock"
      value={value}
      onChange={(next) => next !== '' && onChange(next)}
      type="time"
    >
      <Label>{label}</Label>
      <Input className="input" />
    </TextField>
  );
}

export function QueueSettings({ settings, onChange }: SettingsProps): ReactNode {
  const text = useText();
  return (
    <Section title={text.setQueue} words={text.setQueueText}>
      <div className="row row-bottom">
        <NumberField
          label={text.maxDownloads}
          none={text.noNumber}
          value={settings.maxDownloads}
          onChange={(maxDownloads) => onChange({ maxDownloads })}
        />
        <NumberField
          label={text.maxSeeds}
          none={text.noNumber}
          value={settings.maxSeeds}
          onChange={(maxSeeds) => onChange({ maxSeeds })}
        />
        <NumberField
          label={text.stalledMinutes}
          none={text.never}
          value={settings.stalledMinutes}
          onChange={(stalledMinutes) => onChange({ stalledMinutes })}
        />
      </div>
      <Toggle
        label={text.startsAdded}
        hint={text.startsAddedHint}
        isOn={settings.startsAdded}
        onChange={(startsAdded) => onChange({ startsAdded })}
      />
      <h3>{text.setGoals}</h3>
      <p className="hint">{text.setGoalsText}</p>
      <div className="row row-bottom">
        <NumberField
          label={text.ratioGoal}
          none={text.never}
          value={settings.ratioGoal}
          isFraction
          onChange={(ratioGoal) => onChange({ ratioGoal })}
        />
        <NumberField
          label={text.seedingGoal}
          none={text.never}
          value={settings.seedingGoal}
          onChange={(seedingGoal) => onChange({ seedingGoal })}
        />
        <NumberField
          label={text.idleGoal}
          none={text.never}
          value={settings.idleGoal}
          onChange={(idleGoal) => onChange({ idleGoal })}
        />
      </div>
    </Section>
  );
}

const WAYS_MS = 3000;

/** How peers are found: what is in effect, which options of the start may have decided. */
function WaysToPeers({ settings, onChange }: SettingsProps): ReactNode {
  const text = useText();
  const inEffect = useEvery(WAYS_MS, api.status)?.inEffect;
  if (inEffect === undefined) return null;
  return (['usesDht', 'usesLsd', 'usesPex'] as const).map((name) => {
    const isDecided = inEffect.decidedAtStart.some((decided) => decided === name);
    const isWanted = settings[name];
    const change = isWanted ? text.nextStartOn : text.nextStartOff;
    const hint = isWanted === inEffect[name] ? text.nextStart : change;
    return (
      <Toggle
        key={name}
        label={text[name]}
        hint={isDecided ? text.offAtStart : hint}
        isOn={isDecided ? inEffect[name] : isWanted}
        isDisabled={isDecided}
        onChange={(isOn) => onChange({ [name]: isOn })}
      />
    );
  });
}

const GIBIBYTE = 1024 ** 3;
/** What was set in another unit is shown in this one. */
const inGibibytes = (bytes: number): number => Math.round((100 * bytes) / GIBIBYTE) / 100;

export function FolderSettings({ settings, onChange }: SettingsProps): ReactNode {
  const text = useText();
  const folders = ['downloadDir', 'incompleteDir', 'doneDir', 'watchDir'] as const;
  const status = useEvery(LOOK_MS, api.status);
  return (
    <Section title={text.setFolders} words={text.setFoldersText}>
      {folders.map((name) => (
        <TextSetting
          key={name}
          label={text[name]}
          value={settings[name] ?? ''}
          placeholder={name === 'downloadDir' ? status?.downloadDir : undefined}
          onChange={(words) => onChange({ [name]: words.trim() === '' ? null : words.trim() })}
        />
      ))}
      <Toggle
        label={text.removesWatched}
        isOn={settings.removesWatched}
        onChange={(removesWatched) => onChange({ removesWatched })}
      />
      <NumberField
        label={text.minFree}
        none={text.never}
        value={settings.minFreeBytes === 0 ? null : inGibibytes(settings.minFreeBytes)}
        isFraction
        onChange={(size) => onChange({ minFreeBytes: Math.round((size ?? 0) * GIBIBYTE) })}
      />
      <LabelTable settings={settings} onChange={onChange} />
    </Section>
  );
}

function LabelTable({ settings, onChange }: SettingsProps): ReactNode {
  const text = useText();
  const [name, setName] = useState('');
  const { labels } = settings;
  const put = (label: string, value: LabelSettings): void =>
    onChange({ labels: { ...labels, [label]: value } });
  const drop = (label: string): void => {
    const { [label]: _, ...rest } = labels;
    onChange({ labels: rest });
  };
  return (
    <>
      <h3>{text.setLabels}</h3>
      <p className="hint">{text.setLabelsText}</p>
      {Object.entries(labels).map(([label, value]) => (
        <div key={label} className="hours">
          <div className="row">
            <strong className="chip chip-plain">{label}</strong>
            <span className="spring" />
            <IconButton label={text.removeLabel(label)} onPress={() => drop(label)}>
              <Trash2 aria-hidden />
            </IconButton>
          </div>
          <TextSetting
            label={text.folder}
            value={value.folder ?? ''}
            onChange={(words) => put(label, { ...value, folder: words.trim() === '' ? null : words.trim() })}
          />
          <div className="row row-bottom">
            <LimitField
              label={text.downLimit}
              value={value.downloadLimit ?? null}
              onChange={(downloadLimit) => put(label, { ...value, downloadLimit })}
            />
            <LimitField
              label={text.upLimit}
              value={value.uploadLimit ?? null}
              onChange={(uploadLimit) => put(label, { ...value, uploadLimit })}
            />
            <NumberField
              label={text.maxDownloads}
              none={text.noNumber}
              value={value.maxDownloads ?? null}
              onChange={(maxDownloads) => put(label, { ...value, maxDownloads })}
            />
          </div>
        </div>
      ))}
      <form
        className="row row-bottom"
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim() !== '' && labels[name.trim()] === undefined) put(name.trim(), {});
          setName('');
        }}
      >
        <TextField className="field" value={name} onChange={setName} maxLength={100}>
          <Label>{text.addLabel}</Label>
          <Input className="input" />
        </TextField>
        <Button className="button" type="submit">
          <Plus aria-hidden /> {text.add}
        </Button>
      </form>
    </>
  );
}

export function ConnectionSettings({ settings, onChange }: SettingsProps): ReactNode {
  const text = useText();
  const list = useEvery(LOOK_MS, api.blocklist);
  const update = (): void => {
    ask<{ ranges: number }>('POST', 'blocklist').then(
      ({ ranges }) => notify(text.listFetched(ranges)),
      complain,
    );
  };
  return (
    <Section title={text.setPeople}>
      <div className="row row-bottom">
        <NumberField
          label={text.maxPeers}
          none={text.noNumber}
          value={settings.maxPeers}
          onChange={(maxPeers) => onChange({ maxPeers })}
        />
        <NumberField
          label={text.maxPeersEach}
          none="100"
          value={settings.maxPeersEach}
          onChange={(maxPeersEach) => onChange({ maxPeersEach: maxPeersEach ?? 100 })}
        />
      </div>
      <WaysToPeers settings={settings} onChange={onChange} />
      <Toggle
        label={text.usesBlocklist}
        isOn={settings.usesBlocklist}
        hint={list === undefined ? undefined : text.listFetched(list.ranges)}
        onChange={(usesBlocklist) => onChange({ usesBlocklist })}
      />
      <Trouble words={list?.trouble ?? null} />
      <div className="row row-bottom">
        <TextSetting
          label={text.blocklistUrl}
          value={settings.blocklistUrl}
          onChange={(words) => onChange({ blocklistUrl: words.trim() })}
        />
        <Button className="button" onPress={update} isDisabled={settings.blocklistUrl === ''}>
          {text.updateList}
        </Button>
      </div>
      <Toggle
        label={text.mayReachPrivate}
        isOn={settings.mayReachPrivate}
        onChange={(mayReachPrivate) => onChange({ mayReachPrivate })}
      />
    </Section>
  );
}

export function FeedSettings({ settings, onChange }: SettingsProps): ReactNode {
  const text = useText();
  const { feeds, feedMinutes } = settings;
  const heard = useEvery(LOOK_MS, api.feeds);
  const troubleOf = (address: string): string | null =>
    heard?.find(({ url: known }) => known === address)?.trouble ?? null;
  const [url, setUrl] = useState('');
  const put = (at: number, feed: Feed): void => onChange({ feeds: feeds.with(at, feed) });
  return (
    <Section title={text.setFeeds} words={text.setFeedsText}>
      {feeds.map((feed, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: one address may stand there with several words
        <div key={at} className="hours">
          <div className="row">
            <strong className="break">{feed.url}</strong>
            <span className="spring" />
            <IconButton
              label={`${text.remove}: ${feed.url}`}
              onPress={() => onChange({ feeds: feeds.filter((_, other) => other !== at) })}
            >
              <Trash2 aria-hidden />
            </IconButton>
          </div>
          <Trouble words={troubleOf(feed.url)} />
          <div className="row">
            <TextSetting
              label={text.feedWords}
              value={feed.words}
              onChange={(words) => put(at, { ...feed, words })}
            />
            <TextSetting
              label={text.feedLabel}
              value={feed.label ?? ''}
              onChange={(label) => put(at, { ...feed, label: label.trim() === '' ? null : label.trim() })}
            />
          </div>
        </div>
      ))}
      <form
        className="row row-bottom"
        onSubmit={(event) => {
          event.preventDefault();
          onChange({ feeds: [...feeds, { url: url.trim(), words: '', label: null }] });
          setUrl('');
        }}
      >
        <TextField className="field wide-field" value={url} onChange={setUrl} type="url">
          <Label>{text.feedUrl}</Label>
          <Input className="input" placeholder="https://…" />
        </TextField>
        <Button className="button" type="submit" isDisabled={!/^https?:\/\/./.test(url.trim())}>
          <Plus aria-hidden /> {text.add}
        </Button>
      </form>
      <NumberField
        label={text.feedMinutes}
        none="30"
        value={feedMinutes}
        min={5}
        onChange={(minutes) => onChange({ feedMinutes: minutes ?? 30 })}
      />
    </Section>
  );
}
