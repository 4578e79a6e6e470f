/** Labels and sentences of the settings of rules, in English. */
import type { SettingText } from '../../../../shell/texts/settings.ts';

export type RuleSettingTexts = Readonly<Record<'refreshHours', SettingText>>;

export const en: RuleSettingTexts = {
  refreshHours: {
    label: 'Read lists again after hours',
    hint: 'Shoal reads each deny list again after so many hours.',
  },
};
