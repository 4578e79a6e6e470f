/** Publishes a file or folder of the daemon's computer under a name. */
import { type ReactNode, useState } from 'react';
import { useText } from '../texts/index.ts';
import { publish } from './publication-card.tsx';
import { UpdateForm } from './update-form.tsx';
import { isFullPath } from './words.ts';

/** Bytes of a salt (BEP 46). The daemon refuses a name with more bytes. */
const MAX_NAME_LENGTH = 64;

export function PublishForm(): ReactNode {
  const text = useText();
  const [name, setName] = useState('');
  const [path, setPath] = useState('');
  const [given, where] = [name.trim(), path.trim()];
  const check = (): string | undefined => {
    if (given === '') return text.nameMissing;
    return isFullPath(where) ? undefined : text.noFullPath;
  };
  const work = async (): Promise<void> => {
    await publish({ name: given, path: where });
    setName('');
    setPath('');
  };
  return (
    <UpdateForm
      title={text.publishTitle}
      hint={text.publishHint}
      action={text.publish}
      check={check}
      work={work}
      fields={[
        { label: text.publicationName, value: name, onChange: setName, maxLength: MAX_NAME_LENGTH },
        { label: text.path, value: path, onChange: setPath, placeholder: '/srv/photos' },
      ]}
    />
  );
}
