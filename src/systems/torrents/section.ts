/** The settings section of torrents, as the host takes it: the schema, and what the schema cannot say. */
import type { SettingsValues } from '../../host/settings-section.ts';
import { requireSettings } from './roster/bounds.ts';
import { requireFullPaths } from './roster/folders.ts';
import type { Settings } from './settings.ts';

export { SETTINGS } from './settings.ts';

/** @throws ShoalError bad-argument */
export function checkSettings(change: SettingsValues, before: SettingsValues): void {
  requireSettings(change, before as Settings);
  requireFullPaths(change, before as Settings);
}
