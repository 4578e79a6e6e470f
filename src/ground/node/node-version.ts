/**
 * Is this Node.js new enough? Imports nothing, so that an old Node.js can answer before it meets a module or a word of the
 * language that it does not have.
 */

/** As in "engines" of package.json. */
const NEEDED_MAJOR = 26;

/** The message for an old Node.js; undefined for one that is new enough. */
export function oldNodeMessage(version: string = process.versions.node): string | undefined {
  if (Number.parseInt(version, 10) >= NEEDED_MAJOR) return undefined;
  return `Shoal needs Node.js ${NEEDED_MAJOR} or newer, and this is Node.js ${version}: install a newer one`;
}
