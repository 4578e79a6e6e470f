import { type Bytes } from '../ground/bytes.ts';
import { type Result } from '../ground/result.ts';
import type { InfoDictionary } from './model.ts';
export declare function parseInfoDictionary(bytes: Bytes): Result<InfoDictionary>;
