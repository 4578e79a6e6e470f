/** Labels and sentences of the settings of rules, in Spanish. */
import type { RuleSettingTexts } from './en.ts';

export const es: RuleSettingTexts = {
  refreshHours: {
    label: 'Leer las listas de nuevo tras horas',
    hint: 'Pasadas estas horas, Shoal lee de nuevo cada lista de bloqueo.',
  },
};
