/** To be translated. */
export { en as es } from './en.ts';
