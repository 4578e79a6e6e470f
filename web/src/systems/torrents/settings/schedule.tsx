/** The hours and the metered connections at which the daemon is slow or pauses. */
import { Plus, Trash2 } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button, Input, Label, TextField, ToggleButton } from 'react-aria-components';
import { Choice, TextSetting } from '../../../shell/parts/controls.tsx';
import { IconButton } from '../../../shell/parts/icon-button.tsx';
import { Section } from '../../../shell/parts/section.tsx';
import type { ScheduleEntry } from '../api.ts';
import { useText } from '../texts/index.ts';
import { useSettingTexts } from '../texts/settings/index.ts';
import { listOf } from '../../../shell/lists.ts';
import type { SettingsProps } from './props.ts';

export function ScheduleSettings({ settings, onChange }: SettingsProps): ReactNode {
  const text = useText();
  const say = useSettingTexts();
  const { schedule, meteredInterfaces, onMetered } = settings;
  const put = (at: number, entry: ScheduleEntry): void => onChange({ schedule: schedule.with(at, entry) });
  const addOne = (): void =>
    onChange({
      schedule: [...schedule, { days: [1, 2, 3, 4, 5], from: '08:00', to: '18:00', mode: 'slow' }],
    });
  return (
    <Section title={say.schedule.label} words={say.schedule.hint}>
      {schedule.map((entry, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: entries have no names, and keep their order
        <div key={at} className="hours">
          <div className="row" role="group" aria-label={say.schedule.label}>
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
      <div className="fields">
        <TextSetting
          {...say.meteredInterfaces}
          value={meteredInterfaces.join(', ')}
          onChange={(words) => onChange({ meteredInterfaces: listOf(words) })}
        />
        <Choice
          {...say.onMetered}
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
