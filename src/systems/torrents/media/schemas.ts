/** Schemas of the addresses under which files of shares lie. */
import { Type } from '../../../host/schema.ts';
import { ID } from '../api/schemas/share.ts';

export const FILE_PARAMS = Type.Object({
  id: ID.properties.id,
  file: Type.Integer({ minimum: 0, description: 'Index of the file in the torrent.' }),
});
export const NAMED_FILE_PARAMS = Type.Object({
  ...FILE_PARAMS.properties,
  name: Type.String({ description: 'Name of the file; the daemon ignores it.' }),
});
export const FILE_QUERY = Type.Object({
  as: Type.Optional(Type.String({ description: '`vtt` turns SubRip subtitles into WebVTT.' })),
});

const bytes = (description: string) => Type.Unsafe<unknown>({ type: 'string', description });
export const FILE_BYTES = bytes('The file.');
export const FILE_RANGE = bytes('The range of the file that the request asks for.');
export const PLAYLIST = bytes('The playlist.');
export const TORRENT_FILE = bytes('The torrent file.');
