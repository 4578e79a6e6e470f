/** The switches and choices that settings and details are made of. */
import { Check, ChevronDown } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import {
  Button,
  Input,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  Select,
  SelectValue,
  Switch,
  Text,
  TextField,
} from 'react-aria-components';
import { useText } from '../i18n/index.ts';

interface ToggleProps {
  readonly label: string;
  readonly hint?: string | undefined;
  readonly isOn: boolean;
  readonly isDisabled?: boolean;
  readonly onChange: (isOn: boolean) => void;
}

export function Toggle({ label, hint, isOn, isDisabled = false, onChange }: ToggleProps): ReactNode {
  return (
    <Switch className="toggle" isSelected={isOn} isDisabled={isDisabled} onChange={onChange}>
      <span className="toggle-words">
        <span>{label}</span>
        {hint === undefined ? null : <small>{hint}</small>}
      </span>
      <span className="toggle-track" aria-hidden="true">
        <span className="toggle-knob" />
      </span>
    </Switch>
  );
}

interface ChoiceProps<T extends string> {
  readonly label: string;
  readonly isLabelHidden?: boolean;
  readonly options: Readonly<Record<T, string>>;
  readonly value: T;
  readonly onChange: (value: T) => void;
}

export function Choice<T extends string>(props: ChoiceProps<T>): ReactNode {
  const { label, isLabelHidden, options, value, onChange } = props;
  return (
    <Select
      className="choice"
      value={value}
      onChange={(key) => onChange(key as T)}
      {...(isLabelHidden === true ? { 'aria-label': label } : {})}
    >
      {isLabelHidden === true ? null : <Label>{label}</Label>}
      <Button className="button choice-button">
        <SelectValue />
        <ChevronDown aria-hidden />
      </Button>
      <Popover className="popover">
        <ListBox className="menu">
          {(Object.entries(options) as [T, string][]).map(([id, name]) => (
            <ListBoxItem key={id} id={id} textValue={name} className="menu-item">
              {({ isSelected }) => (
                <>
                  <span>{name}</span>
                  {isSelected ? <Check aria-hidden /> : null}
                </>
              )}
            </ListBoxItem>
          ))}
        </ListBox>
      </Popover>
    </Select>
  );
}

interface LimitProps {
  readonly label: string;
  /** Bytes a second. */
  readonly value: number | null;
  readonly onChange: (value: number | null) => void;
}

const KIBI = 1024;
/** The peer takes no less. */
const MIN_KIBI = 1;

/** A rate in KiB/s; empty for none. Taken over when one leaves it or presses Enter. */
export function LimitField({ label, value, onChange }: LimitProps): ReactNode {
  const text = useText();
  const shown = value === null ? '' : `${Math.round(value / KIBI)}`;
  const [draft, setDraft] = useState<string>();
  const commit = (): void => {
    if (draft === undefined) return;
    setDraft(undefined);
    const number = Number.parseInt(draft, 10);
    const next = Number.isFinite(number) && number > 0 ? Math.max(MIN_KIBI, number) * KIBI : null;
    if (next !== value) onChange(next);
  };
  return (
    <TextField
      className="field limit"
      value={draft ?? shown}
      onChange={(typed) => setDraft(typed.replace(/\D/g, ''))}
      onBlur={commit}
      onKeyDown={(event) => {
        if (event.key === 'Enter') commit();
      }}
      inputMode="numeric"
    >
      <Label>{label}</Label>
      <span className="input-unit">
        <Input className="input" placeholder={text.noLimit} />
        <Text slot="description">{text.kibibytes}</Text>
      </span>
    </TextField>
  );
}

interface NumberProps {
  readonly label: string;
  /** What is shown when there is none. */
  readonly none: string;
  readonly value: number | null;
  readonly isFraction?: boolean;
  readonly onChange: (value: number | null) => void;
}

/** A number that may be left out. */
export function NumberField({ label, none, value, isFraction, onChange }: NumberProps): ReactNode {
  const commit = (words: string): void => {
    const number = Number.parseFloat(words.replace(',', '.'));
    const whole = isFraction === true ? number : Math.round(number);
    const next = Number.isFinite(number) && whole > 0 ? whole : null;
    if (next !== value) onChange(next);
  };
  return (
    <Committed
      label={label}
      value={value === null ? '' : `${value}`}
      placeholder={none}
      isNumber
      onCommit={commit}
    />
  );
}

interface TextProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

export function TextSetting({ label, value, onChange }: TextProps): ReactNode {
  return <Committed label={label} value={value} onCommit={(words) => words !== value && onChange(words)} />;
}

interface CommittedProps {
  readonly label: string;
  readonly value: string;
  readonly placeholder?: string;
  readonly isNumber?: boolean;
  readonly onCommit: (words: string) => void;
}

/** Taken over when one leaves it or presses Enter. */
function Committed({ label, value, placeholder, isNumber, onCommit }: CommittedProps): ReactNode {
  const [draft, setDraft] = useState<string>();
  const commit = (): void => {
    if (draft === undefined) return;
    setDraft(undefined);
    onCommit(draft);
  };
  return (
    <TextField
      className={isNumber === true ? 'field limit' : 'field wide-field'}
      value={draft ?? value}
      onChange={setDraft}
      onBlur={commit}
      onKeyDown={(event) => {
        if (event.key === 'Enter') commit();
      }}
      inputMode={isNumber === true ? 'decimal' : 'text'}
    >
      <Label>{label}</Label>
      <Input className="input" placeholder={placeholder ?? ''} autoComplete="off" spellCheck="false" />
    </TextField>
  );
}
