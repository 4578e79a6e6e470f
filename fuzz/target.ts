/**
 * One target per parser. A target takes any bytes and must neither throw nor hang; where decoding succeeds, encoding
 * and decoding again must give the same. Seeds give the mutator something well-formed to start from.
 */
export interface Target {
  readonly name: string;
  readonly seeds: readonly Uint8Array[];
  readonly run: (input: Uint8Array) => void;
}
