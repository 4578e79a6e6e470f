/** The whole page takes what is dropped on it. */
import { Upload } from 'lucide-react';
import { type DragEvent, type ReactNode, useRef, useState } from 'react';
import { useText } from '../i18n/index.ts';
import { complain } from '../parts/notices.tsx';
import { ui } from '../ui.ts';
import { looksLikeLink } from './links.ts';
import { addFiles, filesOf } from './sources.ts';

export function DropArea({ children }: { readonly children: ReactNode }): ReactNode {
  const text = useText();
  const [isOver, setOver] = useState(false);
  // Entering a child is leaving its parent: only the sum tells.
  const depth = useRef(0);
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
    const words = event.dataTransfer.getData('text').trim();
    if (event.dataTransfer.files.length === 0) {
      if (looksLikeLink(words)) ui.openAdd(words);
      return;
    }
    filesOf(event.dataTransfer).then(addFiles).catch(complain);
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
            <strong>{text.dropHere}</strong>
            <span>{text.dropHint}</span>
          </div>
        </div>
      ) : null}
    </div>
  );
}
