/** What a system says of its settings, in each language: a file a language in `texts/settings/` of its folder. */

export interface SettingText {
  /** A few words. */
  readonly label: string;
  /** One sentence: what it does, and what an empty field means. */
  readonly hint: string;
  /** What each value is called, where there is a choice. */
  readonly options?: Readonly<Record<string, string>>;
}

/** By the name of the setting. */
export type SettingTexts = Readonly<Record<string, SettingText>>;
