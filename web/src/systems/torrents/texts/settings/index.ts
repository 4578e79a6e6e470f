/** The texts of the settings of torrents: English comes with the code. */
import { createOwnTexts, type Texts } from '../../../../shell/texts/index.ts';
import { en, type TorrentSettingTexts } from './en.ts';

const texts: Texts<TorrentSettingTexts> = createOwnTexts(en, {
  de: async () => (await import('./de.ts')).de,
  es: async () => (await import('./es.ts')).es,
  zh: async () => (await import('./zh.ts')).zh,
});
export const { useText: useSettingTexts, getText: getSettingTexts } = texts;
