/** The model of a share's metadata: what a `.torrent` file says (BEP 3, 5, 12, 19, 27, 47, 52), in our own terms. */
import type { Address } from '../../ground/address.ts';
import type { Malformed } from '../../ground/result.ts';

export type TorrentVersion = 'v1' | 'v2' | 'hybrid';

export interface FileEntry {
  /** Path below the share's folder, as the torrent gives it; for a single file just its name. */
  readonly path: readonly string[];
  readonly lengthBytes: number;
  /** Where the file starts in the space that pieces divide. In v2 and hybrid shares every file starts a piece. */
  readonly offset: number;
  /** BEP 47 `p`: zeros that align the next file; exists in v1 shares only, never on disk. */
  readonly isPad: boolean;
  readonly isExecutable: boolean;
  readonly isHidden: boolean;
  /** BEP 47 `l`: path of the target below the share's folder. */
  readonly symlinkTarget?: readonly string[];
  /** v2: root of the file's Merkle tree; absent for an empty file. */
  readonly piecesRoot?: Uint8Array;
}

export interface InfoDictionary {
  readonly version: TorrentVersion;
  readonly name: string;
  readonly isSingleFile: boolean;
  readonly isPrivate: boolean;
  readonly source?: string;
  readonly pieceLength: number;
  readonly files: readonly FileEntry[];
  /** v1 and hybrid: 20 bytes a piece. */
  readonly v1Hashes?: Uint8Array;
  /** v1 and hybrid: the length that v1 pieces cover, pads included. */
  readonly v1Length?: number;
}

export interface Metainfo {
  readonly info: InfoDictionary;
  /** The bytes of the info dictionary. The info hashes are the hashes of these. */
  readonly infoBytes: Uint8Array;
  readonly infoHashV1?: Uint8Array;
  readonly infoHashV2?: Uint8Array;
  /** v2: root in hex → piece layer, flat. Those that the torrent file lacks, and all after a magnet link, come from peers. */
  readonly pieceLayers: Map<string, Uint8Array>;
  /** Tiers of announce URLs (BEP 12). */
  readonly trackers: readonly (readonly string[])[];
  /** BEP 19. */
  readonly webSeeds: readonly string[];
  /** BEP 5: DHT nodes to begin with; a host may be a name. */
  readonly dhtNodes?: readonly Address[];
  readonly comment?: string;
  readonly createdBy?: string;
  /** Seconds since 1970. */
  readonly creationDate?: number;
  /** Faults of the torrent file that did not stop it from being read. */
  readonly notices?: readonly Malformed[];
}
