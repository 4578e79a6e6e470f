/** Switches, choices and fields of settings and details. */
import { Check, ChevronDown } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import {
  Button,
  FieldError,
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
import { readNeeded, readNumber } from '../numbers.ts';
import { useText } from '../texts/index.ts';

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
  readonly hint?: string | undefined;
  readonly isLabelHidden?: boolean;
  readonly options: Readonly<Record<T, string>>;
  readonly value: T;
  readonly onChange: (value: T) => void;
}

export function Choice<T extends string>(props: ChoiceProps<T>): ReactNode {
  const { label, hint, isLabelHidden, options, value, onChange } = props;
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
      <Hint words={hint} />
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
  readonly hint?: string | undefined;
  /** Bytes a second. */
  readonly value: number | null;
  readonly onChange: (value: number | null) => void;
}

const KIBI = 1024;

/** A rate in KiB/s; an empty field is no limit. */
export function LimitField({ label, hint, value, onChange }: LimitProps): ReactNode {
  const text = useText();
  return (
    <Committed
      label={label}
      hint={hint}
      value={value === null ? '' : `${Math.round(value / KIBI)}`}
      placeholder={text.noLimit}
      unit={text.kibibytes}
      isNumber
      onCommit={(words) => {
        const number = readNumber(words, false);
        if (number === undefined) return text.notWhole;
        const next = number === null ? null : number * KIBI;
        if (next !== value) onChange(next);
        return undefined;
      }}
    />
  );
}

interface NumberProps {
  readonly label: string;
  readonly hint?: string | undefined;
  /** The placeholder of an empty field. */
  readonly none: string;
  readonly value: number | null;
  readonly isFraction?: boolean;
  readonly min?: number;
  /** Zero is a value, and it may not be left out. */
  readonly isZeroKept?: boolean;
  readonly onChange: (value: number | null) => void;
}

/** A number above zero, or an empty field for null. */
export function NumberField(props: NumberProps): ReactNode {
  const { label, hint, none, value, isFraction = false, min = 0, isZeroKept = false, onChange } = props;
  const text = useText();
  return (
    <Committed
      label={label}
      hint={hint}
      value={value === null ? '' : `${value}`}
      placeholder={none}
      isNumber
      onCommit={(words) => {
        const number = isZeroKept ? readNeeded(words, isFraction) : readNumber(words, isFraction);
        if (number === undefined) return isFraction ? text.notNumber : text.notWhole;
        if (number !== null && number < min) return text.atLeast(min);
        if (number !== value) onChange(number);
        return undefined;
      }}
    />
  );
}

interface TextProps {
  readonly label: string;
  readonly hint?: string | undefined;
  readonly value: string;
  /** What takes effect while the field is empty. */
  readonly placeholder?: string | undefined;
  readonly onChange: (value: string) => void;
}

export function TextSetting({ label, hint, value, placeholder = '', onChange }: TextProps): ReactNode {
  return (
    <Committed
      label={label}
      hint={hint}
      value={value}
      placeholder={placeholder}
      onCommit={(words) => {
        if (words !== value) onChange(words);
        return undefined;
      }}
    />
  );
}

/** Screen readers read it after the label. */
function Hint({ words }: { readonly words: string | undefined }): ReactNode {
  if (words === undefined) return null;
  return (
    <Text slot="description" className="field-hint">
      {words}
    </Text>
  );
}

interface CommittedProps {
  readonly label: string;
  readonly hint?: string | undefined;
  readonly value: string;
  readonly placeholder?: string;
  readonly unit?: string;
  readonly isNumber?: boolean;
  /** @returns the reason of a refusal */
  readonly onCommit: (words: string) => string | undefined;
}

/** A field that takes its input on Enter or when it loses the focus. Refused input stays there to be corrected, with the reason. */
function Committed(props: CommittedProps): ReactNode {
  const { label, hint, value, placeholder, unit, isNumber, onCommit } = props;
  const [draft, setDraft] = useState<string>();
  const [refusal, setRefusal] = useState<string>();
  const commit = (): void => {
    if (draft === undefined) return;
    const reason = onCommit(draft);
    setRefusal(reason);
    if (reason === undefined) setDraft(undefined);
  };
  const input = (
    <Input className="input" placeholder={placeholder ?? ''} autoComplete="off" spellCheck="false" />
  );
  return (
    <TextField
      className={isNumber === true ? 'field limit' : 'field wide-field'}
      value={draft ?? value}
      onChange={(typed) => {
        setDraft(typed);
        setRefusal(undefined);
      }}
      onBlur={commit}
      onKeyDown={(event) => {
        if (event.key === 'Enter') commit();
      }}
      inputMode={isNumber === true ? 'decimal' : 'text'}
      isInvalid={refusal !== undefined}
    >
      <Label>
        {label}
        {unit === undefined ? null : <span className="unseen"> ({unit})</span>}
      </Label>
      {unit === undefined ? (
        input
      ) : (
        <span className="input-unit">
          {input}
          <span aria-hidden="true">{unit}</span>
        </span>
      )}
      <Hint words={hint} />
      <FieldError className="field-error">{refusal}</FieldError>
    </TextField>
  );
}
