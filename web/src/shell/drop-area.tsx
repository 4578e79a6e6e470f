/** The area that takes dropped files and links: the whole page. */
import { Upload } from 'lucide-react';
import { type DragEvent, type ReactNode, useRef, useState } from 'react';
import { complain } from './notices.ts';
import { filesOf } from './dropped-files.ts';
import { fileOpener, openFiles, openWords } from './openers.ts';
import type { PageSystem } from './system.ts';

interface Props {
  readonly systems: readonly PageSystem[];
  readonly children: ReactNode;
}

export function DropArea({ systems, children }: Props): ReactNode {
  const [isOver, setOver] = useState(false);
  // The browser reports entering a child as leaving its parent: only the sum tells.
  const depth = useRef(0);
  const opener = fileOpener(systems);
  const words = opener?.dropWords?.();
  const isUseful = ({ dataTransfer: { types } }: DragEvent): boolean =>
    types.includes('Files') || types.includes('text/uri-list') || types.includes('text/plain');
  const onEnter = (event: DragEvent): void => {
    if (!isUseful(event)) return;
    event.preventDefault();
    depth.current++;
    setOver(true);
  };
  const onLeave = (): void => {
    depth.current = Math.max(0, depth.current - 1);
    if (depth.current === 0) setOver(false);
  };
  const onDrop = (event: DragEvent): void => {
    event.preventDefault();
    depth.current = 0;
    setOver(false);
    const { dataTransfer } = event;
    const opened =
      dataTransfer.files.length === 0
        ? openWords(dataTransfer.getData('text'))
        : filesOf(dataTransfer).then(openFiles);
    opened.catch(complain);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is one way among others; the dialog is for the keyboard
    <div
      className="drop-area"
      onDragEnter={onEnter}
      onDragLeave={onLeave}
      onDragOver={(event) => {
        if (isUseful(event)) event.preventDefault();
      }}
      onDrop={onDrop}
    >
      {children}
      {isOver ? (
        <div className="drop-veil">
          <div className="drop-words">
            <Upload aria-hidden />
            <strong>{words?.title}</strong>
            <span>{words?.hint}</span>
          </div>
        </div>
      ) : null}
    </div>
  );
}
