/** The settings of each system, over `GET` and `PATCH /api/v1/systems/NAME/settings`. */
import { useMutation } from '@tanstack/react-query';
import { complain, notify } from './notices.ts';
import { queryClient, useAnswer } from './queries.ts';
import { ask } from './request.ts';
import type { SettingsSection } from './schema-fields.ts';
import { getText } from './texts/index.ts';

export interface Section {
  /** Undefined until it is known, and for a system without settings. */
  readonly section: SettingsSection | undefined;
  /** What is absent stays as it is. */
  readonly change: (given: Readonly<Record<string, unknown>>) => void;
}

export function useSection(name: string): Section {
  const path = `systems/${name}/settings`;
  const key = [name, 'section'];
  const section = useAnswer(key, () => ask<SettingsSection>('GET', path));
  const { mutate } = useMutation({
    mutationFn: (given: Readonly<Record<string, unknown>>) => ask<SettingsSection>('PATCH', path, given),
    onSuccess: (next) => {
      queryClient.setQueryData(key, next);
      notify(getText().saved);
    },
    onError: complain,
  });
  return { section, change: mutate };
}
