/** What each part of the settings is given. What is changed holds at once. */
import type { PeerSettings } from '../api.ts';

export interface SettingsProps {
  readonly settings: PeerSettings;
  readonly onChange: (given: Partial<PeerSettings>) => void;
}

/** What happens in the background is asked for again. */
export const LOOK_MS = 5000;
