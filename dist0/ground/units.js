/** What is requested at once (BEP 3: "all current implementations use 2^14"); also a v2 leaf (BEP 52). */
export const BLOCK_LENGTH = 16_384;
