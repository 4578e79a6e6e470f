/** Follows the publication of a link into a folder of the daemon's computer. */
import { type ReactNode, useState } from 'react';
import { notify } from '../../../shell/notices.ts';
import { api } from '../api.ts';
import { useText } from '../texts/index.ts';
import { ui } from '../ui.ts';
import { UpdateForm } from './update-form.tsx';
import { updates } from './update-store.ts';
import { isFollowLink, isFullPath } from './words.ts';

interface Props {
  /** A link that was pasted elsewhere. */
  readonly initial: string;
  /** Takes effect while the field is empty. */
  readonly defaultFolder: string | undefined;
}

export function FollowForm({ initial, defaultFolder }: Props): ReactNode {
  const text = useText();
  const [words, setWords] = useState(initial);
  const [typed, setTyped] = useState('');
  const link = words.trim();
  const folder = typed.trim() === '' ? (defaultFolder ?? '') : typed.trim();
  const check = (): string | undefined => {
    if (!isFollowLink(link)) return text.noFollowLink;
    return isFullPath(folder) ? undefined : text.noFullPath;
  };
  const work = async (): Promise<void> => {
    const { follow, isNew } = await api.follow({ link, folder });
    updates.putFollow(follow);
    notify(isNew ? text.followedNow : text.followedAlready);
    setWords('');
    setTyped('');
    ui.openFollow(undefined);
  };
  return (
    <UpdateForm
      title={text.followTitle}
      hint={text.followHint}
      action={text.follow}
      check={check}
      work={work}
      fields={[
        {
          label: text.followLink,
          value: words,
          onChange: setWords,
          placeholder: 'magnet:?xs=urn:btpk:…',
          hasFocus: initial !== '',
        },
        { label: text.folder, value: typed, onChange: setTyped, placeholder: defaultFolder },
      ]}
    />
  );
}
