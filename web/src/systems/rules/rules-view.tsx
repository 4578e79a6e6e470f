/** The view of rules: what is denied, by which lists, and what was refused. */
import type { ReactNode } from 'react';
import { Button } from 'react-aria-components';
import { formatTime } from '../../shell/format.ts';
import { Section } from '../../shell/parts/section.tsx';
import { useAnswer } from '../../shell/queries.ts';
import { AddRule } from './add-rule.tsx';
import { api, type OwnRuleState, type RefusalState, type SourceState } from './api.ts';
import { change, KEY } from './changes.ts';
import { useText } from './texts/index.ts';

const LOOK_MS = 5000;
export function RulesView(): ReactNode {
  const text = useText();
  const rules = useAnswer([...KEY, 'state'], api.rules, LOOK_MS);
  const refusals = useAnswer([...KEY, 'log'], api.log, LOOK_MS);
  return (
    <div className="settings">
      <h1>{text.rules}</h1>
      <p className="hint">{text.rulesHint}</p>
      <AddRule />
      <Section title={text.lists}>
        {rules?.sources.length === 0 ? <p className="hint">{text.noLists}</p> : null}
        {rules?.sources.map((source) => (
          <Source key={source.id} source={source} />
        ))}
      </Section>
      <Section title={text.ownRules}>
        {rules?.own.length === 0 ? <p className="hint">{text.noOwnRules}</p> : null}
        {rules?.own.map((rule) => (
          <OwnRule key={`${rule.effect} ${rule.subject}`} rule={rule} />
        ))}
      </Section>
      <Section title={text.refused}>
        {refusals?.length === 0 ? <p className="hint">{text.nothingRefused}</p> : null}
        {refusals?.map((refusal) => (
          <Refused key={`${refusal.occasion} ${refusal.subject} ${refusal.list}`} refusal={refusal} />
        ))}
        {refusals === undefined || refusals.length === 0 ? null : (
          <Button className="button" onPress={() => change(api.clearLog())}>
            {text.forget}
          </Button>
        )}
      </Section>
    </div>
  );
}

function Source({ source }: { readonly source: SourceState }): ReactNode {
  const text = useText();
  const { id, name, location, rules, isOn, isSigned, readAt, trouble, problemCount, problems, role } = source;
  const facts = [
    isOn ? text.ruleCount(rules) : text.off,
    ...(isSigned ? [text.signed] : []),
    ...(readAt === null ? [] : [text.readAt(formatTime(readAt))]),
  ];
  return (
    <div className="rule">
      <div className="rule-words">
        <strong>{name}</strong>
        <small>{location}</small>
        <small>{facts.join(' · ')}</small>
        {trouble === null ? null : <small className="error-text">{trouble}</small>}
        {problemCount === 0 ? null : (
          <details>
            <summary>{text.unusedLines(problemCount)}</summary>
            {problems.map(({ line, message }) => (
              <small key={line}>{text.lineOf(line, message)}</small>
            ))}
          </details>
        )}
      </div>
      {role === 'start' || location === '' ? null : (
        <Button className="button" onPress={() => change(api.refresh(id))}>
          {text.refresh}
        </Button>
      )}
      {role === 'list' ? (
        <Button className="button" onPress={() => change(api.remove(`${id}`))}>
          {text.remove}
        </Button>
      ) : null}
    </div>
  );
}

function OwnRule({ rule }: { readonly rule: OwnRuleState }): ReactNode {
  const text = useText();
  const { subject, effect, reason } = rule;
  return (
    <div className="rule">
      <div className="rule-words">
        <code>{subject}</code>
        <small>{reason === '' ? text.effects[effect] : `${text.effects[effect]}: ${reason}`}</small>
      </div>
      {effect === 'banned' ? null : (
        <Button className="button" onPress={() => change(api.remove(subject))}>
          {text.remove}
        </Button>
      )}
    </div>
  );
}

function Refused({ refusal }: { readonly refusal: RefusalState }): ReactNode {
  const text = useText();
  const { subject, occasion, list, reason, count, lastAt } = refusal;
  const facts = [text.occasions[occasion] ?? occasion, text.times(count), formatTime(lastAt)];
  return (
    <div className="rule">
      <div className="rule-words">
        <code>{subject}</code>
        <small>{facts.join(' · ')}</small>
        <small>{text.byList(list, reason)}</small>
      </div>
      <Button className="button" onPress={() => change(api.allow({ what: subject }))}>
        {text.allow}
      </Button>
    </div>
  );
}
