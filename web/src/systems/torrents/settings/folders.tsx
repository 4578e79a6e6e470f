/** The folders of shares, and the folder that is watched for torrent files. */
import type { ReactNode } from 'react';
import { NumberField, TextSetting, Toggle } from '../../../shell/parts/controls.tsx';
import { Section } from '../../../shell/parts/section.tsx';
import { useAnswer } from '../../../shell/queries.ts';
import { api } from '../api.ts';
import { keys } from '../keys.ts';
import { useText } from '../texts/index.ts';
import { useSettingTexts } from '../texts/settings/index.ts';
import { LabelTable } from './labels.tsx';
import { LOOK_MS, type SettingsProps } from './props.ts';

const GIBIBYTE = 1024 ** 3;
/** Rounded: another program may have set a size that is no whole number of GiB. */
const inGibibytes = (bytes: number): number => Math.round((100 * bytes) / GIBIBYTE) / 100;

export function FolderSettings({ settings, onChange }: SettingsProps): ReactNode {
  const text = useText();
  const say = useSettingTexts();
  const folders = ['downloadDir', 'incompleteDir', 'doneDir', 'watchDir'] as const;
  const status = useAnswer(keys.status, api.status, LOOK_MS);
  return (
    <Section title={text.setFolders} words={text.setFoldersText}>
      {folders.map((name) => (
        <TextSetting
          key={name}
          {...say[name]}
          value={settings[name] ?? ''}
          placeholder={name === 'downloadDir' ? status?.downloadDir : undefined}
          onChange={(words) => onChange({ [name]: words.trim() === '' ? null : words.trim() })}
        />
      ))}
      <Toggle
        {...say.removesWatched}
        isOn={settings.removesWatched}
        onChange={(removesWatched) => onChange({ removesWatched })}
      />
      <NumberField
        {...say.minFreeBytes}
        none={text.never}
        value={settings.minFreeBytes === 0 ? null : inGibibytes(settings.minFreeBytes)}
        isFraction
        onChange={(size) => onChange({ minFreeBytes: Math.round((size ?? 0) * GIBIBYTE) })}
      />
      <LabelTable settings={settings} onChange={onChange} />
    </Section>
  );
}
