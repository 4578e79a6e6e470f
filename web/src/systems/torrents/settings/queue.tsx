/** The queue and the goals: how many shares run at the same time, and when one pauses. */
import type { ReactNode } from 'react';
import { NumberField, Toggle } from '../../../shell/parts/controls.tsx';
import { Section } from '../../../shell/parts/section.tsx';
import { useText } from '../texts/index.ts';
import type { SettingsProps } from './props.ts';

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
