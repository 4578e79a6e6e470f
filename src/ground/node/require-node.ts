/**
 * Throws where Node.js is too old. The library imports it first: modules run in the order of their imports, so this
 * message comes before any failure of the others.
 */
import { oldNodeMessage } from './node-version.ts';

const message = oldNodeMessage();
if (message !== undefined) {
  const error = new Error(message);
  // The caller's mistake is not in this file, so a trace of it does not help.
  error.stack = `Error: ${message}`;
  throw error;
}
