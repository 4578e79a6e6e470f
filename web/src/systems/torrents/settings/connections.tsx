/** The number of peers, the ways to find them, and the addresses to avoid. */
import type { ReactNode } from 'react';
import { Button } from 'react-aria-components';
import { Choice, NumberField, TextSetting, Toggle } from '../../../shell/parts/controls.tsx';
import { complain, notify } from '../../../shell/notices.ts';
import { Section } from '../../../shell/parts/section.tsx';
import { useAnswer } from '../../../shell/queries.ts';
import { ask } from '../../../shell/request.ts';
import { api } from '../api.ts';
import { keys } from '../keys.ts';
import { useText } from '../texts/index.ts';
import { useSettingTexts } from '../texts/settings/index.ts';
import { LOOK_MS, type SettingsProps } from './props.ts';
import { listOf } from '../../../shell/lists.ts';
import { Trouble } from './trouble.tsx';

export function ConnectionSettings({ settings, onChange }: SettingsProps): ReactNode {
  const text = useText();
  const say = useSettingTexts();
  const list = useAnswer(keys.blocklist, api.blocklist, LOOK_MS);
  const update = (): void => {
    ask<{ ranges: number }>('POST', 'blocklist').then(
      ({ ranges }) => notify(text.listFetched(ranges)),
      complain,
    );
  };
  return (
    <Section title={text.setPeople}>
      <div className="fields">
        <NumberField
          {...say.maxPeers}
          none={text.noNumber}
          value={settings.maxPeers}
          onChange={(maxPeers) => onChange({ maxPeers })}
        />
        <NumberField
          {...say.maxPeersEach}
          none="100"
          value={settings.maxPeersEach}
          onChange={(maxPeersEach) => onChange({ maxPeersEach: maxPeersEach ?? 100 })}
        />
      </div>
      <PeerPort settings={settings} onChange={onChange} />
      <WaysToPeers settings={settings} onChange={onChange} />
      <Encryption settings={settings} onChange={onChange} />
      <NumberField
        {...say.cacheSize}
        none={`${DEFAULT_CACHE_MEBIBYTES}`}
        value={settings.cacheSize}
        onChange={(size) => onChange({ cacheSize: size ?? DEFAULT_CACHE_MEBIBYTES })}
      />
      <Toggle
        label={say.usesBlocklist.label}
        isOn={settings.usesBlocklist}
        hint={both(say.usesBlocklist.hint, list === undefined ? '' : text.listFetched(list.ranges))}
        onChange={(usesBlocklist) => onChange({ usesBlocklist })}
      />
      <Trouble words={list?.trouble ?? null} />
      <TextSetting
        {...say.blocklistUrl}
        value={settings.blocklistUrl}
        onChange={(words) => onChange({ blocklistUrl: words.trim() })}
      />
      <div className="row">
        <Button className="button" onPress={update} isDisabled={settings.blocklistUrl === ''}>
          {text.updateList}
        </Button>
      </div>
      <TextSetting
        {...say.bannedAddresses}
        value={settings.bannedAddresses.join(', ')}
        onChange={(words) => onChange({ bannedAddresses: listOf(words) })}
      />
      <Toggle
        {...say.mayReachPrivate}
        isOn={settings.mayReachPrivate}
        onChange={(mayReachPrivate) => onChange({ mayReachPrivate })}
      />
    </Section>
  );
}

/** What a setting does, and its state at this moment. */
const both = (hint: string, state: string): string => (state === '' ? hint : `${hint} ${state}`);

const WAYS_MS = 3000;
const DEFAULT_CACHE_MEBIBYTES = 8;

/** Null is the usual port, 0 another one at each start. */
function PeerPort({ settings: { peerPort }, onChange }: SettingsProps): ReactNode {
  const text = useText();
  const say = useSettingTexts();
  const inEffect = useAnswer(keys.status, api.status, WAYS_MS)?.inEffect;
  if (inEffect?.decidedAtStart.includes('peerPort') === true)
    return <p className="hint">{text.portDecided(inEffect.peerPort)}</p>;
  const isRandom = peerPort === 0;
  return (
    <>
      {isRandom ? null : (
        <NumberField
          {...say.peerPort}
          none={inEffect === undefined ? '' : `${inEffect.peerPort}`}
          value={peerPort}
          onChange={(port) => onChange({ peerPort: port })}
        />
      )}
      <Toggle
        label={text.randomPort}
        hint={text.nextStart}
        isOn={isRandom}
        onChange={(isOn) => onChange({ peerPort: isOn ? 0 : null })}
      />
    </>
  );
}

/** An option of the start may have decided it. */
function Encryption({ settings: { encryption }, onChange }: SettingsProps): ReactNode {
  const text = useText();
  const say = useSettingTexts();
  const inEffect = useAnswer(keys.status, api.status, WAYS_MS)?.inEffect;
  if (inEffect?.decidedAtStart.includes('encryption') === true)
    return <p className="hint">{text.encryptionDecided(text.encryptionPolicies[inEffect.encryption])}</p>;
  return (
    <Choice
      {...say.encryption}
      options={text.encryptionPolicies}
      value={encryption}
      onChange={(policy) => onChange({ encryption: policy })}
    />
  );
}

/** The ways to find peers. Options of the start may have decided what is in effect. */
function WaysToPeers({ settings, onChange }: SettingsProps): ReactNode {
  const text = useText();
  const say = useSettingTexts();
  const inEffect = useAnswer(keys.status, api.status, WAYS_MS)?.inEffect;
  if (inEffect === undefined) return null;
  return (['usesDht', 'usesLsd', 'usesPex', 'usesTcp', 'usesUtp'] as const).map((name) => {
    const isDecided = inEffect.decidedAtStart.some((decided) => decided === name);
    const isWanted = settings[name];
    const change = isWanted ? text.nextStartOn : text.nextStartOff;
    const isAtOnce = name === 'usesTcp' || name === 'usesUtp';
    const hint = isAtOnce ? '' : isWanted === inEffect[name] ? text.nextStart : change;
    return (
      <Toggle
        key={name}
        label={say[name].label}
        hint={both(say[name].hint, isDecided ? text.offAtStart : hint)}
        isOn={isDecided ? inEffect[name] : isWanted}
        isDisabled={isDecided}
        onChange={(isOn) => onChange({ [name]: isOn })}
      />
    );
  });
}
