/** Rules as the API tells them. */
import type { Refusal } from '../core/refusal-log.ts';
import { type Checked, OWN_LISTS, type Rules } from '../node/rules.ts';
import type { OwnRule } from '../node/rule-store.ts';
import { type Source, Sources } from '../node/sources.ts';
import type { CheckedState, OwnRuleState, RefusalState, RulesState, SourceState } from './types.ts';

const timeOf = (ms: number | undefined): string | null =>
  ms === undefined ? null : new Date(ms).toISOString();

export function describeSource(source: Source): SourceState {
  const { stored, read } = source;
  return {
    id: stored.id,
    name: Sources.nameOf(source),
    location: stored.location,
    role: stored.role,
    isOn: stored.isOn,
    isSigned: stored.key !== undefined,
    kind: read?.kind ?? null,
    rules: read?.list.size ?? 0,
    description: read?.description ?? null,
    readAt: timeOf(stored.readAt),
    triedAt: timeOf(stored.triedAt),
    trouble: stored.trouble ?? null,
    problemCount: read?.problemCount ?? 0,
    problems: (read?.problems ?? []).map(({ line, message }) => ({ line, message })),
  };
}

export function describeOwn({ subject, effect, reason, addedAt }: OwnRule): OwnRuleState {
  return { subject, effect, reason, addedAt: timeOf(addedAt)! };
}

export function describeRules(rules: Rules): RulesState {
  return {
    sources: rules.sources.all.map(describeSource),
    own: rules.own.map(describeOwn),
    rules: rules.ruleCount,
    memoryBytes: rules.byteLength,
    refusals: rules.refusalCount,
  };
}

export function describeChecked({ subject, verdict }: Checked): CheckedState {
  const { list = null, reason = null } = verdict ?? {};
  // A person's own rules are in no file: their lines say nothing.
  const line = verdict === undefined || OWN_LISTS.includes(verdict.list) ? null : verdict.line;
  return { subject, isDenied: verdict !== undefined, list, reason, line };
}

export function describeRefusal({ firstAt, lastAt, ...rest }: Refusal): RefusalState {
  return { ...rest, firstAt: timeOf(firstAt)!, lastAt: timeOf(lastAt)! };
}
