/**
 * The ratio of a share: what it has sent in all its runs, over the size of the files that are wanted. Goals of the daemon
 * and of commands, and all interfaces, count it so (Transmission does since its version 4). The size stays what it is when
 * data was there from the start, or came twice.
 */

/** 0 for a share of which nothing is known, and for an empty one. */
export const ratioOf = (uploadedBytes: number, wantedBytes: number): number =>
  wantedBytes === 0 ? 0 : uploadedBytes / wantedBytes;

/** Of a share that is whole; an empty one has nothing to send. */
export const hasReachedRatio = (uploadedBytes: number, wantedBytes: number, goal: number): boolean =>
  uploadedBytes >= goal * wantedBytes;
