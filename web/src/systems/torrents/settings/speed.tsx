/** The limits of all shares together: the usual ones and the slow ones. */
import type { ReactNode } from 'react';
import { LimitField, Toggle } from '../../../shell/parts/controls.tsx';
import { Section } from '../../../shell/parts/section.tsx';
import { useText } from '../texts/index.ts';
import type { SettingsProps } from './props.ts';

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
