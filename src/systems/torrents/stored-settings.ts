/**
 * The settings of torrents in the host's store. Until there was one they lay in a table of `shoal.db`: the first start moves
 * them.
 */
import type { SettingsValues, StoredSettings } from '../../host/settings-section.ts';
import type { RosterTable } from './state/roster-table.ts';

/**
 * Those that somebody set, and where changes go.
 * @param store of the host
 * @param checked what is in the store, with the defaults; the host has left out what the schema refuses
 * @throws ShoalError no-space, no-permission when they cannot be moved
 */
export function openStoredSettings(
  store: StoredSettings,
  checked: SettingsValues,
  table: Pick<RosterTable, 'oldSettings' | 'forgetOldSettings'>,
): StoredSettings {
  const names = Object.keys(store.values).filter((name) => Object.hasOwn(checked, name));
  const stored = Object.fromEntries(names.map((name) => [name, checked[name]]));
  const old = table.oldSettings();
  if (Object.keys(old).length > 0) {
    // They are forgotten in the table only when they are in the store: a crash in between does it again.
    store.store({ ...old, ...store.values });
    table.forgetOldSettings();
  }
  return { values: { ...old, ...stored }, store: (change, alongside) => store.store(change, alongside) };
}
