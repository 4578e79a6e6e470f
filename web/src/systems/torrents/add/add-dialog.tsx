/** The dialog for adding: links, files of this device, a path on the computer of the daemon. */
import { FileUp, FolderUp, HardDrive, Link as LinkIcon } from 'lucide-react';
import { type FormEvent, type ReactNode, useState } from 'react';
import {
  Button,
  FileTrigger,
  Input,
  Label,
  Tab,
  TabList,
  TabPanel,
  Tabs,
  TextField,
} from 'react-aria-components';
import { useText } from '../texts/index.ts';
import type { DroppedFile } from '../../../shell/dropped-files.ts';
import { PageDialog } from '../../../shell/parts/dialog.tsx';
import { NeedsDaemon } from '../../../shell/parts/needs-daemon.tsx';
import { complain } from '../../../shell/notices.ts';
import { ui, useUi } from '../ui.ts';
import { LinkForm } from './link-form.tsx';
import { addFiles, addPath } from './sources.ts';

export function AddDialog(): ReactNode {
  const text = useText();
  const { adding } = useUi();
  return (
    <PageDialog title={text.addTitle} isOpen={adding !== undefined} onClose={ui.closeAdd}>
      <Tabs className="tabs" defaultSelectedKey="link">
        <TabList className="tab-list" aria-label={text.addTitle}>
          <Tab id="link" className="tab">
            <LinkIcon aria-hidden /> {text.addLink}
          </Tab>
          <Tab id="files" className="tab">
            <FileUp aria-hidden /> {text.addFiles}
          </Tab>
          <Tab id="path" className="tab">
            <HardDrive aria-hidden /> {text.addPath}
          </Tab>
        </TabList>
        <TabPanel id="link" className="tab-panel">
          <LinkForm initial={adding ?? ''} />
        </TabPanel>
        <TabPanel id="files" className="tab-panel">
          <FilesForm />
        </TabPanel>
        <TabPanel id="path" className="tab-panel">
          <PathForm />
        </TabPanel>
      </Tabs>
    </PageDialog>
  );
}

/** Runs the work once at a time; closes the dialog on success, gives the error otherwise. */
function useSubmit(work: () => Promise<void>): {
  readonly isBusy: boolean;
  readonly error: string;
  readonly submit: (event: FormEvent) => void;
  /** The person is correcting the input. */
  readonly clear: () => void;
} {
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState('');
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setBusy(true);
    setError('');
    work().then(
      () => ui.closeAdd(),
      (failure: unknown) => {
        setBusy(false);
        setError((failure as Error).message);
      },
    );
  };
  return { isBusy, error, submit, clear: () => setError('') };
}

function FilesForm(): ReactNode {
  const text = useText();
  const take = (list: FileList | null): void => {
    const files: DroppedFile[] = [...(list ?? [])].map((file) => ({
      path: file.webkitRelativePath === '' ? file.name : file.webkitRelativePath,
      file,
    }));
    if (files.length === 0) return;
    ui.closeAdd();
    addFiles(files).catch(complain);
  };
  return (
    <div className="stack">
      <p className="hint">{text.addFilesHint}</p>
      <div className="row">
        <NeedsDaemon>
          <FileTrigger allowsMultiple onSelect={take}>
            <Button className="button button-primary">
              <FileUp aria-hidden /> {text.chooseFiles}
            </Button>
          </FileTrigger>
          <FileTrigger acceptDirectory onSelect={take}>
            <Button className="button">
              <FolderUp aria-hidden /> {text.chooseFolder}
            </Button>
          </FileTrigger>
        </NeedsDaemon>
      </div>
    </div>
  );
}

function PathForm(): ReactNode {
  const text = useText();
  const [path, setPath] = useState('');
  const { isBusy, error, submit, clear } = useSubmit(() => addPath(path.trim()));
  return (
    <form onSubmit={submit} className="stack">
      <TextField
        className="field"
        value={path}
        onChange={(typed) => {
          setPath(typed);
          clear();
        }}
        isRequired
      >
        <Label>{text.path}</Label>
        <Input className="input" placeholder="/srv/films" autoComplete="off" spellCheck="false" />
      </TextField>
      <p className="hint">{text.addPathHint}</p>
      <Failure error={error} />
      <NeedsDaemon>
        <Button className="button button-primary" type="submit" isDisabled={isBusy || path.trim() === ''}>
          {text.share}
        </Button>
      </NeedsDaemon>
    </form>
  );
}

function Failure({ error }: { readonly error: string }): ReactNode {
  if (error === '') return null;
  return (
    <p className="error-text" role="alert">
      {error}
    </p>
  );
}
