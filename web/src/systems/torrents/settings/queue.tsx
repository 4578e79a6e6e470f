/** The queue and the goals: how many shares run at the same time, and when one pauses. */
import type { ReactNode } from 'react';
import { NumberField, Toggle } from '../../../shell/parts/controls.tsx';
import { Section } from '../../../shell/parts/section.tsx';
import { useText } from '../texts/index.ts';
import { useSettingTexts } from '../texts/settings/index.ts';
import type { SettingsProps } from './props.ts';

export function QueueSettings({ settings, onChange }: SettingsProps): ReactNode {
  const text = useText();
  const say = useSettingTexts();
  return (
    <Section title={text.setQueue} words={text.setQueueText}>
      <div className="fields">
        <NumberField
          {...say.maxDownloads}
          none={text.noNumber}
          value={settings.maxDownloads}
          onChange={(maxDownloads) => onChange({ maxDownloads })}
        />
        <NumberField
          {...say.maxSeeds}
          none={text.noNumber}
          value={settings.maxSeeds}
          onChange={(maxSeeds) => onChange({ maxSeeds })}
        />
        <NumberField
          {...say.stalledMinutes}
          none={text.never}
          value={settings.stalledMinutes}
          onChange={(stalledMinutes) => onChange({ stalledMinutes })}
        />
      </div>
      <Toggle
        {...say.startsAdded}
        isOn={settings.startsAdded}
        onChange={(startsAdded) => onChange({ startsAdded })}
      />
      <h3>{text.setGoals}</h3>
      <p className="hint">{text.setGoalsText}</p>
      <div className="fields">
        <NumberField
          {...say.ratioGoal}
          none={text.never}
          value={settings.ratioGoal}
          isFraction
          onChange={(ratioGoal) => onChange({ ratioGoal })}
        />
        <NumberField
          {...say.seedingGoal}
          none={text.never}
          value={settings.seedingGoal}
          onChange={(seedingGoal) => onChange({ seedingGoal })}
        />
        <NumberField
          {...say.idleGoal}
          none={text.never}
          value={settings.idleGoal}
          onChange={(idleGoal) => onChange({ idleGoal })}
        />
      </div>
    </Section>
  );
}
