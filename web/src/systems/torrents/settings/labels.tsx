/** The settings of labels: a folder and limits for each. */
import { Plus, Trash2 } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { Button, Input, Label, TextField } from 'react-aria-components';
import { LimitField, NumberField, TextSetting } from '../../../shell/parts/controls.tsx';
import { IconButton } from '../../../shell/parts/icon-button.tsx';
import type { LabelSettings } from '../api.ts';
import { useText } from '../texts/index.ts';
import { useSettingTexts } from '../texts/settings/index.ts';
import { namesOf } from '../../../shell/lists.ts';
import type { SettingsProps } from './props.ts';

export function LabelTable({ settings, onChange }: SettingsProps): ReactNode {
  const text = useText();
  const say = useSettingTexts();
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
      <h3>{say.labels.label}</h3>
      <p className="hint">{say.labels.hint}</p>
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
              label={say.maxDownloads.label}
              none={text.noNumber}
              value={value.maxDownloads ?? null}
              onChange={(maxDownloads) => put(label, { ...value, maxDownloads })}
            />
          </div>
        </div>
      ))}
      <TextSetting
        {...say.tags}
        value={settings.tags.join(', ')}
        onChange={(words) => onChange({ tags: namesOf(words) })}
      />
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
