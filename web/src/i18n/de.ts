/** To be translated. */
export { en as de } from './en.ts';
