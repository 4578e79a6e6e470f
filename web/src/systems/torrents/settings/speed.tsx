/** The limits of all shares together: the usual ones and the slow ones. */
import type { ReactNode } from 'react';
import { LimitField, Toggle } from '../../../shell/parts/controls.tsx';
import { Section } from '../../../shell/parts/section.tsx';
import { useText } from '../texts/index.ts';
import { useSettingTexts } from '../texts/settings/index.ts';
import type { SettingsProps } from './props.ts';

export function SpeedSettings({ settings, onChange }: SettingsProps): ReactNode {
  const text = useText();
  const say = useSettingTexts();
  const { downloadLimit, uploadLimit, slowDownloadLimit, slowUploadLimit, isSlow } = settings;
  return (
    <Section title={text.setSpeed} words={text.setSpeedText}>
      <div className="fields">
        <LimitField
          {...say.downloadLimit}
          value={downloadLimit}
          onChange={(value) => onChange({ downloadLimit: value })}
        />
        <LimitField
          {...say.uploadLimit}
          value={uploadLimit}
          onChange={(value) => onChange({ uploadLimit: value })}
        />
      </div>
      <Toggle {...say.isSlow} isOn={isSlow} onChange={(on) => onChange({ isSlow: on })} />
      <div className="fields">
        <LimitField
          {...say.slowDownloadLimit}
          value={slowDownloadLimit}
          onChange={(value) => onChange({ slowDownloadLimit: value })}
        />
        <LimitField
          {...say.slowUploadLimit}
          value={slowUploadLimit}
          onChange={(value) => onChange({ slowUploadLimit: value })}
        />
      </div>
    </Section>
  );
}
