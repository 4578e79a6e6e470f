/** The actions for the selected shares. */
import { Pause, Play, RefreshCw, Tag, Trash2, X } from 'lucide-react';
import { type FormEvent, type ReactNode, useState } from 'react';
import { Button, DialogTrigger, Dialog, Input, Label, Popover, TextField } from 'react-aria-components';
import { api, type ShareSummary } from '../api.ts';
import { useText } from '../texts/index.ts';
import { IconButton } from '../../../shell/parts/icon-button.tsx';
import { NeedsDaemon } from '../../../shell/parts/needs-daemon.tsx';
import { complain } from '../../../shell/notices.ts';
import { store } from '../store.ts';
import { askToRemove } from './remove-dialog.tsx';

interface Props {
  readonly ids: ReadonlySet<number>;
  readonly rows: readonly ShareSummary[];
  readonly onClear: () => void;
  readonly onChoose: (ids: ReadonlySet<number>) => void;
}

/** One after the other: a thousand requests at once would block the page and the daemon. */
async function each(ids: ReadonlySet<number>, act: (id: number) => Promise<ShareSummary>): Promise<void> {
  for (const id of ids) store.put(await act(id));
}

export function BulkBar({ ids, rows, onClear, onChoose }: Props): ReactNode {
  const text = useText();
  const run = (act: (id: number) => Promise<ShareSummary>) => (): void => void each(ids, act).catch(complain);
  return (
    <div className="bulk-bar" role="toolbar" aria-label={text.selected(ids.size)}>
      <strong>{text.selected(ids.size)}</strong>
      {ids.size < rows.length ? (
        <Button className="link-button" onPress={() => onChoose(new Set(rows.map(({ id }) => id)))}>
          {text.selectAll}
        </Button>
      ) : null}
      <span className="spring" />
      <NeedsDaemon>
        <Button className="button" onPress={run((id) => api.change(id, { isPaused: false }))}>
          <Play aria-hidden /> <span className="wide-only">{text.resume}</span>
        </Button>
        <Button className="button" onPress={run((id) => api.change(id, { isPaused: true }))}>
          <Pause aria-hidden /> <span className="wide-only">{text.pause}</span>
        </Button>
        <LabelButton ids={ids} />
        <Button className="button" aria-label={text.recheck} onPress={run((id) => api.recheck(id))}>
          <span className="icon-tip" title={text.recheck}>
            <RefreshCw aria-hidden />
          </span>
        </Button>
        <Button className="button button-danger" onPress={() => askToRemove([...ids])}>
          <Trash2 aria-hidden /> <span className="wide-only">{text.remove}</span>
        </Button>
      </NeedsDaemon>
      <IconButton label={text.clearSelection} onPress={onClear}>
        <X aria-hidden />
      </IconButton>
    </div>
  );
}

function LabelButton({ ids }: { readonly ids: ReadonlySet<number> }): ReactNode {
  const text = useText();
  const [isOpen, setOpen] = useState(false);
  const [label, setLabel] = useState('');
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setOpen(false);
    const { shares } = store.read();
    const add = (id: number): Promise<ShareSummary> =>
      api.change(id, { labels: [...new Set([...(shares.get(id)?.labels ?? []), label.trim()])] });
    if (label.trim() !== '') each(ids, add).catch(complain);
    setLabel('');
  };
  return (
    <DialogTrigger isOpen={isOpen} onOpenChange={setOpen}>
      <Button className="button" aria-label={text.addLabel}>
        <span className="icon-tip" title={text.addLabel}>
          <Tag aria-hidden />
        </span>
      </Button>
      <Popover className="popover">
        <Dialog className="mini-dialog" aria-label={text.addLabel}>
          <form onSubmit={submit} className="row">
            <TextField className="field" value={label} onChange={setLabel} autoFocus maxLength={100}>
              <Label>{text.addLabel}</Label>
              <Input className="input" />
            </TextField>
            <Button className="button button-primary" type="submit">
              {text.save}
            </Button>
          </form>
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}
