/** Labels and sentences of the settings of rules, in Chinese. */
import type { RuleSettingTexts } from './en.ts';

export const zh: RuleSettingTexts = {
  refreshHours: {
    label: '多少小时后重新读取列表',
    hint: '经过这么多小时后，Shoal 重新读取每个屏蔽列表。',
  },
};
