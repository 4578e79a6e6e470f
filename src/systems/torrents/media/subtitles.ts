/** Subtitles for browsers: SubRip (`.srt`) is turned into WebVTT, which differs in its first line and a comma. */

/** Larger than the subtitles of any film. */
export const MAX_SUBTITLE_BYTES: number = 4 * 1024 * 1024;

export function toWebVtt(bytes: Uint8Array): string {
  const text = decode(bytes).replace(/\r\n?/g, '\n');
  if (text.startsWith('WEBVTT')) return text;
  const lines = text
    .split('\n')
    .map((line) => (line.includes('-->') ? line.replace(/(\d{2}:\d{2}),(\d{3})/g, '$1.$2') : line));
  return `WEBVTT\n\n${lines.join('\n')}`;
}

/** Old files are rarely in UTF-8, and do not name their encoding. */
function decode(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}
