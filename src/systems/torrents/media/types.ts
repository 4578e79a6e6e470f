/**
 * The files of strangers that a browser may show, by the ending of the name: media, pictures and plain text. All others
 * are only saved: a page or a drawing with a script must not act for the person.
 */

export type MediaKind = 'video' | 'audio' | 'image' | 'text' | 'subtitles';

interface MediaType {
  readonly kind: MediaKind;
  readonly type: string;
}

const TYPES: Readonly<Record<MediaKind, Readonly<Record<string, string>>>> = {
  video: {
    mp4: 'video/mp4',
    m4v: 'video/mp4',
    webm: 'video/webm',
    mkv: 'video/x-matroska',
    mov: 'video/quicktime',
    avi: 'video/x-msvideo',
    ogv: 'video/ogg',
    mpg: 'video/mpeg',
    mpeg: 'video/mpeg',
    ts: 'video/mp2t',
    wmv: 'video/x-ms-wmv',
  },
  audio: {
    mp3: 'audio/mpeg',
    m4a: 'audio/mp4',
    aac: 'audio/aac',
    ogg: 'audio/ogg',
    oga: 'audio/ogg',
    opus: 'audio/ogg',
    flac: 'audio/flac',
    wav: 'audio/wav',
    weba: 'audio/webm',
  },
  image: {
    jpg: 'image/jpeg',
    jpeg: 'image/jpeg',
    png: 'image/png',
    gif: 'image/gif',
    webp: 'image/webp',
    avif: 'image/avif',
    bmp: 'image/bmp',
  },
  text: { txt: 'text/plain', md: 'text/plain', nfo: 'text/plain', log: 'text/plain', csv: 'text/plain' },
  subtitles: { srt: 'text/plain', vtt: 'text/vtt' },
};

const BY_ENDING: ReadonlyMap<string, MediaType> = new Map(
  Object.entries(TYPES).flatMap(([kind, types]) =>
    Object.entries(types).map(([ending, type]) => [ending, { kind: kind as MediaKind, type }] as const),
  ),
);

/** Undefined for files that are only saved. */
export function mediaTypeOf(name: string): MediaType | undefined {
  return BY_ENDING.get(/\.([a-z0-9]{1,5})$/i.exec(name)?.[1]?.toLowerCase() ?? '');
}

/** With this policy a browser runs no script of the file, whatever type it assumes. */
export const SANDBOX =
  "sandbox; default-src 'none'; img-src 'self'; media-src 'self'; frame-ancestors 'self'";
