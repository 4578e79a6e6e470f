/** One publication that this daemon follows. */
import { type ReactNode, useState } from 'react';
import { Button } from 'react-aria-components';
import { formatDate } from '../../../shell/format.ts';
import { complain } from '../../../shell/notices.ts';
import { shareAddress } from '../addresses.ts';
import { api, type FollowSummary } from '../api.ts';
import { useText } from '../texts/index.ts';
import { StopDialog } from './stop-dialog.tsx';
import { UpdateCard } from './update-card.tsx';
import { updates } from './update-store.ts';
import { conditionOfFollow } from './words.ts';

/** Names a publication whose link says no name. */
const KEY_LENGTH = 12;

export function FollowCard({ follow }: { readonly follow: FollowSummary }): ReactNode {
  const text = useText();
  const [isAsked, setAsked] = useState(false);
  const { id, key, link, folder, path, sequence, lookedAt, share } = follow;
  const name = follow.name === '' ? key.slice(0, KEY_LENGTH) : follow.name;
  const look = (): void => {
    api.follow({ link, folder }).then(({ follow: now }) => updates.putFollow(now), complain);
  };
  const stop = async (): Promise<void> => {
    await api.stopFollowing(id);
    updates.dropFollow(id);
  };
  return (
    <UpdateCard
      name={name}
      link={link}
      condition={conditionOfFollow(follow, text)}
      facts={[
        [text.version, sequence === null ? text.noVersion : `${sequence}`],
        [text.folder, path ?? folder],
        [text.lastLook, lookedAt === null ? text.notYet : formatDate(lookedAt)],
      ]}
    >
      <Button className="button" onPress={look}>
        {text.lookNow}
      </Button>
      {share === null ? null : (
        <a className="button" href={`#${shareAddress(share)}`}>
          {text.showShare}
        </a>
      )}
      <Button className="button button-danger" onPress={() => setAsked(true)}>
        {text.stopFollowing}
      </Button>
      <StopDialog
        title={text.stopFollowingTitle(name)}
        words={text.stopFollowingText}
        action={text.stopFollowing}
        isOpen={isAsked}
        onClose={() => setAsked(false)}
        onStop={stop}
      />
    </UpdateCard>
  );
}
