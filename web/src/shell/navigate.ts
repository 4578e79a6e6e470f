/** Addresses of views, in the part of the page's address behind `#`: `/`, `/settings`, `/<system>/…`. */
import { navigate } from 'wouter/use-hash-location';

/** @param address such as `/settings`, with no `#` */
export const go = (address: string): void => navigate(address);
