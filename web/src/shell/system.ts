/**
 * The plug of the page: what a system brings to it. `web/src/systems/index.ts` lists the systems; the code of one is loaded
 * when the daemon says that the system runs.
 */
import type { ComponentType } from 'react';
import type { DroppedFile } from './dropped-files.ts';
import type { SettingTexts } from './texts/settings.ts';

export interface PageSystemEntry {
  /** The name in `GET /api/v1/systems`; also the first part of the addresses of its views. */
  readonly name: string;
  readonly load: () => Promise<PageSystem>;
}

export interface PageSystem {
  readonly name: string;
  /** In the language of the page. */
  readonly title: () => string;
  /** What it does, in a sentence of the language of the page. Absent: the English summary of the daemon. */
  readonly summary?: () => string;
  /** Its link at the side leads to `#/<name>`. Absent: it has no link there. */
  readonly Icon?: ComponentType<{ readonly 'aria-hidden': true }>;
  /** Links at the side to more of its views. */
  readonly links?: readonly PageLink[];
  /** The view at `#/<name>` and below; its routes are relative to that. */
  readonly View?: ComponentType;
  /** Its view is the first one: it gets every address that no other view has, and no link. */
  readonly isHome?: boolean;
  /** What it adds to the side of the page. */
  readonly Side?: ComponentType;
  /** Its dialogs: drawn over every view. */
  readonly Overlays?: ComponentType;
  /** Its cards at `#/settings/<name>`. Absent: a form is made of the schema of its settings. */
  readonly Settings?: ComponentType;
  /** Labels and sentences of its settings, in the language of the page. A setting without them has those of its schema. */
  readonly settingTexts?: () => SettingTexts;
  /** Called whenever the daemon begins to answer: at the start, and after an interruption. */
  readonly start?: () => void;
  readonly opener?: Opener;
}

export interface PageLink {
  /** Of the view, such as `/updates`. */
  readonly address: string;
  /** In the language of the page. */
  readonly title: () => string;
  readonly Icon: ComponentType<{ readonly 'aria-hidden': true }>;
}

/** Takes what a person pastes or drops anywhere on the page, or opens it with (`?open=`). */
export interface Opener {
  /** By the form of the words alone: several links at once, and one while the daemon does not answer. */
  readonly takesLink: (words: string) => boolean;
  /** The daemon gave the link to this system. It must ask the person before it fetches anything. */
  readonly openLink: (words: string) => void;
  readonly openFiles?: (files: readonly DroppedFile[]) => Promise<void>;
  /** What a drop does, in a few words and in a sentence. */
  readonly dropWords?: () => { readonly title: string; readonly hint: string };
}
