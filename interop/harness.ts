/** What the interop tests share. */
export * from '../testkit/bench.ts';
export * from '../testkit/daemon.ts';
export * from '../testkit/files.ts';
export * from '../testkit/program.ts';
export * from '../testkit/wait.ts';
