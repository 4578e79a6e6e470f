/** The question before shares are removed, with the choice to delete what was fetched. */
import { type ReactNode, useState } from 'react';
import { Button } from 'react-aria-components';
import { api } from '../api.ts';
import { getText, useText } from '../texts/index.ts';
import { Toggle } from '../../../shell/parts/controls.tsx';
import { PageDialog } from '../../../shell/parts/dialog.tsx';
import { readDaemon } from '../../../shell/connection.ts';
import { NeedsDaemon } from '../../../shell/parts/needs-daemon.tsx';
import { complain, notify } from '../../../shell/notices.ts';
import { go } from '../../../shell/navigate.ts';
import { HOME } from '../addresses.ts';
import { createState, type SharedState } from '../../../shell/state.ts';
import { store } from '../store.ts';

/** Ids of the shares in question. */
const asked: SharedState<readonly number[]> = createState<readonly number[]>([]);

/** Asks nothing while the daemon does not answer. */
export function askToRemove(ids: readonly number[]): void {
  if (readDaemon().connection === 'open') asked.set(ids);
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
      // The page still removes the others.
      complain(error);
    }
  }
  if (count > 0) notify(text.removedNow(count));
  for (const folder of staying) notify(text.filesStay(folder));
}

export function RemoveDialog(): ReactNode {
  const text = useText();
  const ids = asked.use();
  const [withData, setWithData] = useState(false);
  const { shares } = store.read();
  if (ids.length === 0) return null;
  const close = (): void => {
    asked.set([]);
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
        {ids.some((id) => typeof shares.get(id)?.follow === 'number') ? <p>{text.removeFollowed}</p> : null}
        <Toggle label={text.removeData} hint={text.removeDataHint} isOn={withData} onChange={setWithData} />
        <div className="row row-end">
          <Button className="button" autoFocus onPress={close}>
            {text.cancel}
          </Button>
          <NeedsDaemon>
            <Button className="button button-danger" onPress={confirm}>
              {text.remove}
            </Button>
          </NeedsDaemon>
        </div>
      </div>
    </PageDialog>
  );
}
