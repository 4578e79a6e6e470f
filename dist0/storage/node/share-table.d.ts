/** The records of shares in the state database: the real `ShareRecords`. */
import type { DatabaseSync } from 'node:sqlite';
import type { FileIndex } from '../../ground/units.ts';
import type { FileName, Move, RecordUpdate, ShareKind, ShareRecord, ShareRecords } from '../records.ts';
/** Migration 0 → 1. */
export declare const SHARE_TABLES = "\n  CREATE TABLE shares (\n    key TEXT NOT NULL,\n    folder TEXT NOT NULL,\n    kind TEXT NOT NULL CHECK (kind IN ('place', 'fetch')),\n    torrent BLOB NOT NULL,\n    have BLOB NOT NULL,\n    fingerprints TEXT NOT NULL,\n    is_clean INTEGER NOT NULL,\n    uploaded INTEGER NOT NULL DEFAULT 0,\n    downloaded INTEGER NOT NULL DEFAULT 0,\n    changed_at INTEGER NOT NULL,\n    PRIMARY KEY (key, folder)\n  ) STRICT;\n  CREATE TABLE locks (\n    key TEXT NOT NULL,\n    folder TEXT NOT NULL,\n    pid INTEGER NOT NULL,\n    PRIMARY KEY (key, folder)\n  ) STRICT;";
/** Migration 2 → 3: a row a file, so that saving a share of 100,000 files writes what changed, and journals. */
export declare const FILE_TABLES = "\n  CREATE TABLE share_files (\n    key TEXT NOT NULL,\n    folder TEXT NOT NULL,\n    file INTEGER NOT NULL,\n    size INTEGER NOT NULL,\n    modified_ms REAL NOT NULL,\n    PRIMARY KEY (key, folder, file)\n  ) STRICT, WITHOUT ROWID;\n  INSERT OR IGNORE INTO share_files\n    SELECT s.key, s.folder, f.value ->> '$.file', f.value ->> '$.size', CAST(f.value ->> '$.modifiedMs' AS REAL)\n    FROM shares s, json_each(CASE WHEN json_valid(s.fingerprints) THEN s.fingerprints ELSE '[]' END) f\n    WHERE s.is_clean = 1;\n  CREATE TABLE moves (\n    key TEXT NOT NULL,\n    from_folder TEXT NOT NULL,\n    to_folder TEXT NOT NULL,\n    PRIMARY KEY (key, from_folder)\n  ) STRICT;\n  CREATE TABLE file_names (\n    key TEXT NOT NULL,\n    folder TEXT NOT NULL,\n    file INTEGER NOT NULL,\n    path TEXT NOT NULL,\n    previous TEXT,\n    PRIMARY KEY (key, folder, file)\n  ) STRICT, WITHOUT ROWID;\n  ALTER TABLE shares ADD COLUMN trust TEXT NOT NULL DEFAULT 'none' CHECK (trust IN ('none', 'all', 'journal'));\n  ALTER TABLE shares ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0;\n  UPDATE shares SET trust = 'all' WHERE is_clean = 1;\n  ALTER TABLE shares DROP COLUMN fingerprints;\n  ALTER TABLE shares DROP COLUMN is_clean;";
/** What `shoal state list` shows. */
export interface ShareSummary {
    readonly key: string;
    readonly folder: string;
    readonly kind: ShareKind;
    readonly torrent: Uint8Array;
    readonly have: Uint8Array;
    readonly changedAt: Date;
}
export declare class ShareTable implements ShareRecords {
    #private;
    constructor(db: DatabaseSync);
    put(record: ShareRecord): void;
    update(update: RecordUpdate): void;
    get(key: string, folder: string): ShareRecord | undefined;
    setTorrent(key: string, folder: string, torrent: Uint8Array): void;
    beginMove(key: string, from: string, to: string): void;
    findMove(key: string, folder: string): Move | undefined;
    /** Everything that is known of the share in one folder is known of it in the other from now on. */
    finishMove(key: string, { from, to }: Move): void;
    cancelMove(key: string, { from }: Move): void;
    setName(key: string, folder: string, file: FileIndex, name: FileName): void;
    names(key: string, folder: string): Map<FileIndex, FileName>;
    has(key: string, folder: string): boolean;
    /** What was shared in place from a path before, newest first. */
    findInPlace(path: string): ShareRecord[];
    /** All of them, the latest first. */
    list(): ShareSummary[];
}
export declare function transact(db: DatabaseSync, action: () => void): void;
