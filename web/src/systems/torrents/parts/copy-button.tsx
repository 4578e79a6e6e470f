/** A button that copies a link, and says that it did. */
import { Check, Copy } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { Button } from 'react-aria-components';
import { complain } from '../../../shell/notices.ts';
import { useText } from '../texts/index.ts';

const COPIED_MS = 2000;

interface Props {
  readonly words: string;
  readonly isPrimary?: boolean;
}

export function CopyButton({ words, isPrimary = false }: Props): ReactNode {
  const text = useText();
  const [isCopied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    await copyText(words);
    setCopied(true);
    setTimeout(() => setCopied(false), COPIED_MS);
  };
  return (
    <Button
      className={isPrimary ? 'button button-primary' : 'button'}
      autoFocus={isPrimary}
      onPress={() => void copy().catch(complain)}
    >
      {isCopied ? <Check aria-hidden /> : <Copy aria-hidden />}
      {isCopied ? text.copied : text.copy}
    </Button>
  );
}

/** Browsers give `navigator.clipboard` to secure pages only; other pages select the text and copy it. */
async function copyText(words: string): Promise<void> {
  if (navigator.clipboard !== undefined) return navigator.clipboard.writeText(words);
  const area = document.createElement('textarea');
  area.value = words;
  document.body.append(area);
  area.select();
  document.execCommand('copy');
  area.remove();
}
