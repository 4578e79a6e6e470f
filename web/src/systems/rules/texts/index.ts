/** The texts of this system: English comes with its code. */
import { createTexts, type ShellMessages, type Texts } from '../../../shell/texts/index.ts';
import { en, type RuleMessages } from './en.ts';

export type Messages = ShellMessages & RuleMessages;

const texts: Texts<Messages> = createTexts(en, {
  de: async () => (await import('./de.ts')).de,
  es: async () => (await import('./es.ts')).es,
  zh: async () => (await import('./zh.ts')).zh,
});
export const { useText, getText } = texts;
