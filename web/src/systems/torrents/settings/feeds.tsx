/** Feeds from which shares are added. */
import { Plus, Trash2 } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { Button, Input, Label, TextField } from 'react-aria-components';
import { NumberField, TextSetting } from '../../../shell/parts/controls.tsx';
import { IconButton } from '../../../shell/parts/icon-button.tsx';
import { Section } from '../../../shell/parts/section.tsx';
import { useAnswer } from '../../../shell/queries.ts';
import { api, type Feed } from '../api.ts';
import { keys } from '../keys.ts';
import { useText } from '../texts/index.ts';
import { useSettingTexts } from '../texts/settings/index.ts';
import { LOOK_MS, type SettingsProps } from './props.ts';
import { Trouble } from './trouble.tsx';

export function FeedSettings({ settings, onChange }: SettingsProps): ReactNode {
  const text = useText();
  const say = useSettingTexts();
  const { feeds, feedMinutes } = settings;
  const heard = useAnswer(keys.feeds, api.feeds, LOOK_MS);
  const troubleOf = (address: string): string | null =>
    heard?.find(({ url: known }) => known === address)?.trouble ?? null;
  const [url, setUrl] = useState('');
  const put = (at: number, feed: Feed): void => onChange({ feeds: feeds.with(at, feed) });
  return (
    <Section title={say.feeds.label} words={say.feeds.hint}>
      {feeds.map((feed, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: one address may stand there with several words
        <div key={at} className="hours">
          <div className="row">
            <strong className="break">{feed.url}</strong>
            <span className="spring" />
            <IconButton
              label={`${text.remove}: ${feed.url}`}
              onPress={() => onChange({ feeds: feeds.filter((_, other) => other !== at) })}
            >
              <Trash2 aria-hidden />
            </IconButton>
          </div>
          <Trouble words={troubleOf(feed.url)} />
          <div className="row">
            <TextSetting
              label={text.feedWords}
              value={feed.words}
              onChange={(words) => put(at, { ...feed, words })}
            />
            <TextSetting
              label={text.feedLabel}
              value={feed.label ?? ''}
              onChange={(label) => put(at, { ...feed, label: label.trim() === '' ? null : label.trim() })}
            />
          </div>
        </div>
      ))}
      <form
        className="row row-bottom"
        onSubmit={(event) => {
          event.preventDefault();
          onChange({ feeds: [...feeds, { url: url.trim(), words: '', label: null }] });
          setUrl('');
        }}
      >
        <TextField className="field wide-field" value={url} onChange={setUrl} type="url">
          <Label>{text.feedUrl}</Label>
          <Input className="input" placeholder="https://…" />
        </TextField>
        <Button className="button" type="submit" isDisabled={!/^https?:\/\/./.test(url.trim())}>
          <Plus aria-hidden /> {text.add}
        </Button>
      </form>
      <NumberField
        {...say.feedMinutes}
        none="30"
        value={feedMinutes}
        min={5}
        onChange={(minutes) => onChange({ feedMinutes: minutes ?? 30 })}
      />
    </Section>
  );
}
