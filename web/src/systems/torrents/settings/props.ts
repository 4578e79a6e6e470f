/** Properties of each part of the settings. A change takes effect at once. */
import type { PeerSettings } from '../api.ts';

export interface SettingsProps {
  readonly settings: PeerSettings;
  readonly onChange: (given: Partial<PeerSettings>) => void;
}

/** Time between two requests for the state of feeds, lists and folders. */
export const LOOK_MS = 5000;
