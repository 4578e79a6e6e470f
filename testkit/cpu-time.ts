/**
 * How much a test's own process has computed. Where a test shows that something takes linear time, this is judged and
 * not the time on the wall, which other programs on the machine lengthen.
 */

/** Milliseconds on all threads of this process, also of garbage collection and compilation. */
export function cpuTimeMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
