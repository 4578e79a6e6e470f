/** What the view of rules asks of the daemon: the HTTP API of `src/systems/rules/api`, with its types. */
import type {
  AddedState,
  CheckedState,
  OwnRuleState,
  RefusalState,
  RulesState,
  SourceState,
} from '../../../../src/systems/rules/api/types.ts';
import { ask } from '../../shell/request.ts';

export type * from '../../../../src/systems/rules/api/types.ts';

export interface AddRequest {
  readonly what: string;
  readonly reason?: string;
  readonly key?: string;
}

const query = (what: string): string => `what=${encodeURIComponent(what)}`;

export const api = {
  rules: (): Promise<RulesState> => ask('GET', 'rules'),
  add: (request: AddRequest): Promise<AddedState> => ask('POST', 'rules', request),
  allow: (request: AddRequest): Promise<{ own: readonly OwnRuleState[] }> =>
    ask('POST', 'rules/exceptions', request),
  remove: (what: string): Promise<{ removed: readonly string[] }> => ask('DELETE', `rules?${query(what)}`),
  refresh: (id: number): Promise<SourceState> => ask('POST', `rules/sources/${id}/refresh`),
  check: async (what: string): Promise<readonly CheckedState[]> =>
    (await ask<{ checked: CheckedState[] }>('GET', `rules/check?${query(what)}`)).checked,
  log: async (): Promise<readonly RefusalState[]> =>
    (await ask<{ refusals: RefusalState[] }>('GET', 'rules/log?limit=100')).refusals,
  clearLog: (): Promise<void> => ask('DELETE', 'rules/log'),
};
