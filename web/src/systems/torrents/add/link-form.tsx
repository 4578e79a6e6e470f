/** The form for links, one a line, with the result of each. */
import { type FormEvent, type ReactNode, useState } from 'react';
import { Button, Label, TextArea, TextField } from 'react-aria-components';
import { useText } from '../texts/index.ts';
import { Toggle } from '../../../shell/parts/controls.tsx';
import { NeedsDaemon } from '../../../shell/parts/needs-daemon.tsx';
import { ui } from '../ui.ts';
import { isFollowLink } from '../updates/words.ts';
import { splitLinks } from './links.ts';
import { addLink } from './sources.ts';

/** The field grows up to so many lines, then it scrolls. */
const MAX_ROWS = 8;

interface Failure {
  readonly link: string;
  readonly reason: string;
}

export function LinkForm({ initial }: { readonly initial: string }): ReactNode {
  const text = useText();
  const [words, setWords] = useState(splitLinks(initial).join('\n'));
  const [isOnDemand, setOnDemand] = useState(false);
  const [isPaused, setPaused] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [failures, setFailures] = useState<readonly Failure[]>([]);
  const [addedCount, setAddedCount] = useState(0);
  const links = [...new Set(splitLinks(words))];
  const change = (typed: string): void => {
    setWords(typed);
    setFailures([]);
    setAddedCount(0);
  };
  const submit = async (): Promise<void> => {
    const [first, ...others] = links;
    if (first !== undefined && others.length === 0 && isFollowLink(first)) {
      ui.closeAdd();
      return ui.openFollow(first);
    }
    setBusy(true);
    setFailures([]);
    const failed: Failure[] = [];
    for (const link of links) {
      try {
        if (isFollowLink(link)) throw new Error(text.followAlone);
        await addLink(link, { isOnDemand, isPaused }, links.length === 1);
      } catch (error) {
        failed.push({ link, reason: (error as Error).message });
      }
    }
    if (failed.length === 0) return ui.closeAdd();
    setBusy(false);
    // Links that failed stay in the field to be corrected.
    setWords(failed.map(({ link }) => link).join('\n'));
    setFailures(failed);
    setAddedCount(links.length - failed.length);
  };
  return (
    <form
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        void submit();
      }}
      className="stack"
    >
      <TextField className="field" value={words} onChange={change} isRequired autoFocus>
        <Label>{text.links}</Label>
        <TextArea
          className="input links-area"
          rows={Math.min(MAX_ROWS, Math.max(2, links.length + 1))}
          placeholder="magnet:?xt=urn:btih:…"
          autoComplete="off"
          spellCheck="false"
        />
      </TextField>
      <p className="hint">{text.addLinkHint}</p>
      <Toggle label={text.onDemand} isOn={isOnDemand} onChange={setOnDemand} />
      <Toggle label={text.startPaused} isOn={isPaused} onChange={setPaused} />
      <Results failures={failures} addedCount={addedCount} />
      <NeedsDaemon>
        <Button className="button button-primary" type="submit" isDisabled={isBusy || links.length === 0}>
          {text.fetch}
        </Button>
      </NeedsDaemon>
    </form>
  );
}

interface ResultsProps {
  readonly failures: readonly Failure[];
  readonly addedCount: number;
}

function Results({ failures, addedCount }: ResultsProps): ReactNode {
  const text = useText();
  const [first] = failures;
  if (first === undefined) return null;
  const isAlone = failures.length === 1 && addedCount === 0;
  return (
    <div className="stack" role="alert">
      {addedCount === 0 ? null : <p>{text.linksAdded(addedCount)}</p>}
      {isAlone ? (
        <p className="error-text">{first.reason}</p>
      ) : (
        <ul className="link-results">
          {failures.map(({ link, reason }) => (
            <li key={link}>
              <span className="mono link-name">{link}</span>
              <span className="error-text">{reason}</span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
