/** The first run, in three steps: the folder, the speed, magnet links. */
import { type ReactNode, useState } from 'react';
import { Button, Radio, RadioGroup } from 'react-aria-components';
import { api, type PeerSettings } from './api.ts';
import { keys } from './keys.ts';
import { useDaemon } from '../../shell/connection.ts';
import { chooseLanguage, getLanguage, LANGUAGES, type Language } from '../../shell/texts/index.ts';
import { useText } from './texts/index.ts';
import { Choice } from '../../shell/parts/controls.tsx';
import { PageDialog } from '../../shell/parts/dialog.tsx';
import { complain } from '../../shell/notices.ts';
import { useAnswer } from '../../shell/queries.ts';
import { ui } from './ui.ts';

const SEEN = 'welcomed';
const STEPS = 3;
const LOOK_MS = 10_000;

/** The page shows it until a person has finished or skipped it. */
export function FirstRun(): ReactNode {
  const { connection } = useDaemon();
  const [isNew, setNew] = useState(() => localStorage.getItem(SEEN) === null);
  return isNew && connection === 'open' ? <Welcome onDone={() => setNew(false)} /> : null;
}

/** The browser asks the person. */
export function registerLinks(): void {
  try {
    navigator.registerProtocolHandler('magnet', `${location.origin}/?open=%s`);
  } catch (error) {
    complain(error);
  }
}

const [KIBI, MIBI] = [1024, 1024 ** 2];

type Speed = 'full' | 'fair' | 'slow';
const SPEEDS: Readonly<Record<Speed, Pick<PeerSettings, 'downloadLimit' | 'uploadLimit'>>> = {
  full: { downloadLimit: null, uploadLimit: null },
  fair: { downloadLimit: 2 * MIBI, uploadLimit: 500 * KIBI },
  slow: { downloadLimit: 500 * KIBI, uploadLimit: 100 * KIBI },
};

function Welcome({ onDone }: { readonly onDone: () => void }): ReactNode {
  const text = useText();
  const [step, setStep] = useState(1);
  const [speed, setSpeed] = useState<Speed>('full');
  const finish = (): void => {
    localStorage.setItem(SEEN, 'yes');
    onDone();
  };
  const next = (): void => {
    if (step === 2) api.configure(SPEEDS[speed]).catch(complain);
    if (step < STEPS) return setStep(step + 1);
    finish();
    ui.openAdd();
  };
  const titles = [text.welcomeTitle, text.welcomeSpeed, text.welcomeLinks];
  return (
    <PageDialog title={titles[step - 1]!} isOpen onClose={finish}>
      <div className="stack welcome">
        <small>{text.stepOf(step, STEPS)}</small>
        {step === 1 ? <Begin /> : step === 2 ? <SpeedStep value={speed} onChange={setSpeed} /> : <Links />}
        <div className="row row-end">
          {step > 1 ? (
            <Button className="button" onPress={() => setStep(step - 1)}>
              {text.back}
            </Button>
          ) : (
            <Button className="button" onPress={finish}>
              {text.skip}
            </Button>
          )}
          <Button className="button button-primary" onPress={next}>
            {step < STEPS ? text.next : text.letsGo}
          </Button>
        </div>
      </div>
    </PageDialog>
  );
}

function Begin(): ReactNode {
  const text = useText();
  const status = useAnswer(keys.status, api.status, LOOK_MS);
  return (
    <>
      <p>{text.welcomeText}</p>
      {status === undefined ? null : <p>{text.welcomeWhereText(status.downloadDir)}</p>}
      <Choice<Language>
        label={text.setLanguage}
        options={LANGUAGES}
        value={getLanguage()}
        onChange={(language) => void chooseLanguage(language).catch(complain)}
      />
    </>
  );
}

interface SpeedProps {
  readonly value: Speed;
  readonly onChange: (speed: Speed) => void;
}

function SpeedStep({ value, onChange }: SpeedProps): ReactNode {
  const text = useText();
  const names = { full: text.speedFull, fair: text.speedFair, slow: text.speedSlow };
  return (
    <>
      <p>{text.welcomeSpeedText}</p>
      <RadioGroup
        className="radios"
        aria-label={text.welcomeSpeed}
        value={value}
        onChange={(key) => onChange(key as Speed)}
      >
        {(Object.keys(names) as Speed[]).map((name) => (
          <Radio key={name} value={name} className="radio">
            {names[name]}
          </Radio>
        ))}
      </RadioGroup>
    </>
  );
}

function Links(): ReactNode {
  const text = useText();
  return (
    <>
      <p>{text.welcomeLinksText}</p>
      <div className="row">
        <Button className="button" onPress={registerLinks}>
          {text.registerLinks}
        </Button>
      </div>
    </>
  );
}
