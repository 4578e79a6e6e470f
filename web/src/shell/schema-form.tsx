/** A form for a system that brings none: a field for each setting of its schema, in the words of the system or of the schema. */
import type { ReactNode } from 'react';
import { namesOf } from './lists.ts';
import { Choice, NumberField, TextSetting, Toggle } from './parts/controls.tsx';
import { NeedsDaemon } from './parts/needs-daemon.tsx';
import { Section } from './parts/section.tsx';
import { useSection } from './sections.ts';
import { type Field, fieldsOf } from './schema-fields.ts';
import { useText } from './texts/index.ts';
import type { SettingTexts } from './texts/settings.ts';

interface Props {
  /** Of the system. */
  readonly name: string;
  readonly title: string;
  readonly texts: SettingTexts | undefined;
}

/** Draws nothing for a system without settings. */
export function SchemaForm({ name, title, texts }: Props): ReactNode {
  const text = useText();
  const { section, change } = useSection(name);
  if (section === undefined) return null;
  const fields = fieldsOf(section.schema, texts);
  return (
    <NeedsDaemon>
      <Section title={title}>
        {fields.length === 0 ? <p className="hint">{text.noSettings}</p> : null}
        {fields.map((field) => (
          <SettingField
            key={field.name}
            field={field}
            value={section.settings[field.name]}
            onChange={(value) => change({ [field.name]: value })}
          />
        ))}
      </Section>
    </NeedsDaemon>
  );
}

interface FieldProps {
  readonly field: Field;
  readonly value: unknown;
  readonly onChange: (value: unknown) => void;
}

function SettingField({ field, value, onChange }: FieldProps): ReactNode {
  const { label, hint, field: kind } = field;
  if (kind.kind === 'switch')
    return <Toggle label={label} hint={hint} isOn={value === true} onChange={onChange} />;
  return (
    <div className="stack">
      <Control field={field} value={value} onChange={onChange} />
      <p className="hint">{hint}</p>
    </div>
  );
}

function Control({ field: { label, field, isOptional }, value, onChange }: FieldProps): ReactNode {
  const text = useText();
  const words = Array.isArray(value) ? value.join(', ') : String(value ?? '');
  const emptyOr = (typed: string): string | null => (isOptional && typed === '' ? null : typed);
  switch (field.kind) {
    case 'number':
      return (
        <NumberField
          label={label}
          none={isOptional ? text.none : ''}
          value={typeof value === 'number' ? value : null}
          isFraction={field.isFraction}
          min={field.minimum}
          isZeroKept={!isOptional}
          onChange={onChange}
        />
      );
    case 'choice':
      return <Choice label={label} options={field.options} value={words} onChange={onChange} />;
    case 'text':
      return (
        <TextSetting label={label} value={words} onChange={(typed) => onChange(emptyOr(typed.trim()))} />
      );
    case 'list':
      return <TextSetting label={label} value={words} onChange={(typed) => onChange(namesOf(typed))} />;
    default:
      return (
        <>
          <strong>{label}</strong>
          <code className="break">{JSON.stringify(value)}</code>
          <p className="hint">{text.notOnPage}</p>
        </>
      );
  }
}
