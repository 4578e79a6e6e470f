/** To be translated. */
export { en as zh } from './en.ts';
