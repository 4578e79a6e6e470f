/** Where the page begins: the shell gets its systems. */
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './shell/app.tsx';
import { watchSystems } from './shell/running-systems.ts';
import { preferredLanguage, setLanguage } from './shell/texts/index.ts';
import { applyTheme } from './shell/theme.ts';
import { signInByAddress } from './shell/token.ts';
import './shell/style/style.css';
import './shell/style/frame.css';
import './shell/style/narrow.css';
import { SYSTEMS } from './systems/index.ts';

applyTheme();
watchSystems(SYSTEMS);
await Promise.all([setLanguage(preferredLanguage()).catch(() => {}), signInByAddress()]);
createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
