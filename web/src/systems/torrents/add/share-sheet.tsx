/** The sheet that sends a link: as a copy, a QR code, through another app, or as a torrent file. */
import { Download, Send } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button, Input, Label, TextField } from 'react-aria-components';
import { encode } from 'uqr';
import { useText } from '../texts/index.ts';
import { PageDialog } from '../../../shell/parts/dialog.tsx';
import { DaemonLink } from '../../../shell/parts/needs-daemon.tsx';
import { CopyButton } from '../parts/copy-button.tsx';
import { useSnapshot } from '../store.ts';
import { ui, useUi } from '../ui.ts';

export function ShareSheet(): ReactNode {
  const text = useText();
  const { sending } = useUi();
  const share = useSnapshot().shares.get(sending ?? -1);
  if (share === undefined) return null;
  const { magnet, name, id, fileCount } = share;
  return (
    <PageDialog title={text.shareTitle} isOpen onClose={() => ui.send(undefined)}>
      <div className="share-sheet">
        <QrCode value={magnet} label={text.qrCode} />
        <div className="stack">
          <strong className="break">{name}</strong>
          <TextField className="field" value={magnet} isReadOnly>
            <Label>{text.link}</Label>
            <Input className="input mono" onFocus={(event) => event.target.select()} />
          </TextField>
          <div className="row">
            <CopyButton words={magnet} isPrimary />
            {typeof navigator.share === 'function' ? (
              <Button
                className="button"
                onPress={() => void navigator.share({ title: name, text: magnet }).catch(() => {})}
              >
                <Send aria-hidden /> {text.sendTo}
              </Button>
            ) : null}
            {fileCount === 0 ? null : (
              <DaemonLink className="button" href={`/api/v1/shares/${id}/torrent`} download>
                <Download aria-hidden /> {text.torrentFile}
              </DaemonLink>
            )}
          </div>
          <p className="hint">{text.shareHint}</p>
        </div>
      </div>
    </PageDialog>
  );
}

/** Cameras cannot read the code of a longer link. */
const MAX_QR_LENGTH = 1200;

function QrCode({ value, label }: { readonly value: string; readonly label: string }): ReactNode {
  if (value.length > MAX_QR_LENGTH) return null;
  const { data, size } = encode(value, { ecc: 'L', border: 2 });
  const path = data
    .flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : '')))
    .join('');
  return (
    <svg className="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label}>
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#06222b" shapeRendering="crispEdges" />
    </svg>
  );
}
