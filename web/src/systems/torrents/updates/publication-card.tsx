/** One publication of this daemon. */
import { type ReactNode, useState } from 'react';
import { Button } from 'react-aria-components';
import { formatBytes, formatDate } from '../../../shell/format.ts';
import { complain, notify } from '../../../shell/notices.ts';
import { shareAddress } from '../addresses.ts';
import { api, type PublicationSummary } from '../api.ts';
import { getText, useText } from '../texts/index.ts';
import { StopDialog } from './stop-dialog.tsx';
import { UpdateCard } from './update-card.tsx';
import { updates } from './update-store.ts';
import { conditionOfPublication } from './words.ts';

export function PublicationCard({ publication }: { readonly publication: PublicationSummary }): ReactNode {
  const text = useText();
  const [isBusy, setBusy] = useState(false);
  const [isAsked, setAsked] = useState(false);
  const { id, name, link, path, size, sequence, putAt, share, keyName } = publication;
  const again = (): void => {
    if (path === null) return;
    setBusy(true);
    publish({ name, path, keyName })
      .catch(complain)
      .finally(() => setBusy(false));
  };
  const stop = async (): Promise<void> => {
    await api.stopPublishing(id);
    updates.dropPublication(id);
  };
  return (
    <UpdateCard
      name={name}
      link={link}
      condition={conditionOfPublication(publication, text)}
      facts={[
        [text.version, sequence === null ? text.noVersion : `${sequence}`],
        ...(path === null ? [] : [[text.path, path] as const, [text.sortSize, formatBytes(size)] as const]),
        [text.lastPut, putAt === null ? text.notYet : formatDate(putAt)],
      ]}
    >
      <Button className="button" onPress={again} isPending={isBusy} isDisabled={path === null}>
        {text.publishAgain}
      </Button>
      {share === null ? null : (
        <a className="button" href={`#${shareAddress(share)}`}>
          {text.showShare}
        </a>
      )}
      <Button className="button button-danger" onPress={() => setAsked(true)}>
        {text.stopPublishing}
      </Button>
      <StopDialog
        title={text.stopPublishingTitle(name)}
        words={text.stopPublishingText}
        action={text.stopPublishing}
        isOpen={isAsked}
        onClose={() => setAsked(false)}
        onStop={stop}
      />
    </UpdateCard>
  );
}

/** Publishes what lies at a path now, and says so. @throws ApiError */
export async function publish(request: {
  readonly name: string;
  readonly path: string;
  readonly keyName?: string;
}): Promise<void> {
  const published = await api.publish(request);
  updates.putPublication(published);
  notify(getText().publishedNow(published.name, published.sequence ?? 0));
}
