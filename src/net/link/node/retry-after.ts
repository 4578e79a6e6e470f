/** `Retry-After` (RFC 9110 section 10.2.3): when a server that refuses for now wants to be asked again. */
import { ShoalError } from '../../../ground/errors.ts';
import { badStatus } from './http-fetch.ts';

/** No server keeps us away for longer: what it says is for this moment, and it may be wrong. */
export const MAX_RETRY_AFTER_MS: number = 60 * 60_000;

/**
 * @param value of the header: seconds, or a date (RFC 9110 section 5.6.7)
 * @param now milliseconds since 1970
 * @returns milliseconds from now, within bounds; undefined when it says nothing that can be understood
 */
export function parseRetryAfter(value: string | undefined, now: number): number | undefined {
  const text = value?.trim() ?? '';
  // A date begins with the name of a day: nothing else is one, though `Date.parse` takes more.
  const isDate = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(text);
  // The oldest of its three forms names no zone, and means UTC.
  const date = /GMT$/.test(text) ? text : `${text} GMT`;
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : isDate ? Date.parse(date) - now : Number.NaN;
  return Number.isNaN(ms) ? undefined : Math.min(MAX_RETRY_AFTER_MS, Math.max(0, ms));
}

/** It answers, and wants to be asked later. */
export class AskLater extends ShoalError {
  readonly afterMs: number;

  constructor(url: string, status: number, afterMs: number) {
    const { message } = badStatus(url, status);
    super('fetch-failed', `${message}; it asks to come back in ${Math.ceil(afterMs / 1000)} s`);
    this.afterMs = afterMs;
  }
}

/** What an answer with such a status means. @param retryAfter the header */
export function refusalOf(url: string, status: number, retryAfter: string | undefined): ShoalError {
  const afterMs = parseRetryAfter(retryAfter, Date.now());
  return afterMs === undefined ? badStatus(url, status) : new AskLater(url, status, afterMs);
}
