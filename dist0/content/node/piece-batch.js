/**
 * The packed form in which pieces travel to worker threads and their verdicts back. One message carries many pieces,
 * so that the cost of crossing threads is paid once a batch, also when pieces are 16 KiB.
 *
 * A job proves a piece: it hashes the data (from shared memory or from open files), compares where hashes are
 * expected, and, for data from memory that proved right, writes it to the files.
 */
export const PIECE_OK = 0;
export const PIECE_MISMATCH = 1;
export const PIECE_UNREADABLE = 2;
export const PIECE_UNWRITABLE = 3;
export const V1_LENGTH = 20;
export const V2_LENGTH = 32;
export const DIGEST_LENGTH = V1_LENGTH + V2_LENGTH;
export const FILE_LOCKS = 64;
export const EXPECT_V1 = 1;
export const EXPECT_V2 = 2;
export const WANT_BLOCK_HASHES = 4;
export const HEADER_NUMBERS = 7;
export function packBatch(id, jobs) {
    let size = 0;
    for (const job of jobs)
        size += HEADER_NUMBERS + 3 * job.slices.length;
    const numbers = new Float64Array(size);
    const expected = new Uint8Array(jobs.length * DIGEST_LENGTH);
    let at = 0;
    for (const [index, job] of jobs.entries()) {
        let flags = 0;
        if (job.expectedV1 !== undefined) {
            flags |= EXPECT_V1;
            expected.set(job.expectedV1, index * DIGEST_LENGTH);
        }
        if (job.expectedV2 !== undefined) {
            flags |= EXPECT_V2;
            expected.set(job.expectedV2, index * DIGEST_LENGTH + V1_LENGTH);
        }
        if (job.wantsBlockHashes === true)
            flags |= WANT_BLOCK_HASHES;
        numbers[at++] = job.memory?.arena ?? -1;
        numbers[at++] = job.memory?.offset ?? 0;
        numbers[at++] = job.length;
        numbers[at++] = job.hashedLength;
        numbers[at++] = job.treeWidth;
        numbers[at++] = flags;
        numbers[at++] = job.slices.length;
        for (const slice of job.slices) {
            numbers[at++] = slice.fd;
            numbers[at++] = slice.fileOffset;
            numbers[at++] = slice.length;
        }
    }
    return { kind: 'batch', id, count: jobs.length, numbers, expected };
}
export function unpackReply(reply) {
    const verdicts = [];
    for (let i = 0; i < reply.statuses.length; i++) {
        const digest = reply.digests.subarray(i * DIGEST_LENGTH, (i + 1) * DIGEST_LENGTH);
        const detail = reply.details.find((entry) => entry.index === i);
        verdicts.push({
            status: reply.statuses[i],
            v1: digest.subarray(0, V1_LENGTH),
            v2: digest.subarray(V1_LENGTH),
            ...(detail?.blockHashes === undefined ? {} : { blockHashes: detail.blockHashes }),
            ...(detail?.failure === undefined ? {} : { failure: detail.failure }),
        });
    }
    return verdicts;
}
