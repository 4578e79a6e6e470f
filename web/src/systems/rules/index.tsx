/** What rules bring to the page: their view, with a link at the side. */
import { ShieldBan } from 'lucide-react';
import type { PageSystem } from '../../shell/system.ts';
import { RulesView } from './rules-view.tsx';
import { getText } from './texts/index.ts';
import { getSettingTexts } from './texts/settings/index.ts';
import './style/rules.css';

export const rules: PageSystem = {
  name: 'rules',
  title: () => getText().rules,
  summary: () => getText().rulesText,
  Icon: ShieldBan,
  View: RulesView,
  settingTexts: getSettingTexts,
};
