/** Where the page begins. */
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { preferredLanguage, setLanguage } from './i18n/index.ts';
import { applyTheme } from './theme.ts';
import { signInByAddress } from './token.ts';
import './style.css';
import './views.css';
import './detail.css';
import './settings.css';
import './narrow.css';

applyTheme();
await Promise.all([setLanguage(preferredLanguage(), false).catch(() => {}), signInByAddress()]);
createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
