/** "Left" while the size is not known: anything above 0 says that we are no seed. */
export const LEFT_UNKNOWN = 16_384;
/** Peers asked for; common trackers cap at 200. */
export const NUM_WANT = 100;
/** A tracker may name no interval below this, and none above the other: one keeps it alive, one keeps us alive. */
export const MIN_INTERVAL_SECONDS = 30;
export const MAX_INTERVAL_SECONDS = 10_800;
