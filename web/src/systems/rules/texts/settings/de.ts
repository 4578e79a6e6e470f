/** Labels and sentences of the settings of rules, in German. */
import type { RuleSettingTexts } from './en.ts';

export const de: RuleSettingTexts = {
  refreshHours: {
    label: 'Listen neu lesen nach Stunden',
    hint: 'So viele Stunden später liest Shoal jede Sperrliste neu.',
  },
};
