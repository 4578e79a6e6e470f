/** Asks before shares are removed, and whether what was fetched goes as well. */
import { type ReactNode, useState, useSyncExternalStore } from 'react';
import { Button } from 'react-aria-components';
import { api } from '../api.ts';
import { getText, useText } from '../texts/index.ts';
import { Toggle } from '../../../shell/parts/controls.tsx';
import { PageDialog } from '../../../shell/parts/dialog.tsx';
import { complain, notify } from '../../../shell/parts/notices.tsx';
import { go } from '../../../shell/navigate.ts';
import { HOME } from '../addresses.ts';
import { store } from '../store.ts';

let asked: readonly number[] = [];
const listeners = new Set<() => void>();

export function askToRemove(ids: readonly number[]): void {
  asked = ids;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

async function remove(ids: readonly number[], withData: boolean): Promise<void> {
  const text = getText();
  const staying = new Set<string>();
  let count = 0;
  for (const id of ids) {
    try {
      const removed = await api.remove(id, withData);
      if (removed?.isDataRemoved === false) staying.add(removed.folder);
      store.drop(id);
      count++;
    } catch (error) {
      // The others are removed all the same.
      complain(error);
    }
  }
  if (count > 0) notify(text.removedNow(count));
  for (const folder of staying) notify(text.filesStay(folder));
}

export function RemoveDialog(): ReactNode {
  const text = useText();
  const ids = useSyncExternalStore(subscribe, () => asked);
  const [withData, setWithData] = useState(false);
  const { shares } = store.read();
  if (ids.length === 0) return null;
  const close = (): void => {
    askToRemove([]);
    setWithData(false);
  };
  const confirm = (): void => {
    close();
    go(HOME);
    void remove(ids, withData);
  };
  return (
    <PageDialog title={text.removeTitle(ids.length)} isOpen onClose={close} isAlert>
      <div className="stack">
        {ids.length === 1 ? <strong className="break">{shares.get(ids[0]!)?.name}</strong> : null}
        <p>{text.removeText}</p>
        <Toggle label={text.removeData} hint={text.removeDataHint} isOn={withData} onChange={setWithData} />
        <div className="row row-end">
          <Button className="button" autoFocus onPress={close}>
            {text.cancel}
          </Button>
          <Button className="button button-danger" onPress={confirm}>
            {text.remove}
          </Button>
        </div>
      </div>
    </PageDialog>
  );
}
