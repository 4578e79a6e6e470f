/**
 * Forms with files (RFC 7578), parsed by `@fastify/busboy` as they arrive. A form of 60 MB is in memory once, and a form
 * that is too large is refused at the first byte beyond the limit.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { Busboy } from '@fastify/busboy';
import { ShoalError } from '../../../ground/errors.ts';
import { MAX_FIELDS, type SentForm } from './form.ts';

/** More torrents than a person adds at once, such as all of a folder. */
const MAX_FILES = 20_000;
/** A part has a disposition, a type, an encoding and a length. */
const MAX_PART_HEADERS = 20;

/** The error handler of the server answers with this status. */
class TooLarge extends Error {
  readonly statusCode = 413;
}

/**
 * @param maxBytes of all fields and files together
 * @throws ShoalError bad-argument when the form is malformed or was cut off
 * @throws Error with `statusCode` 413 when it is too large
 */
export function readMultipart(
  payload: Readable,
  headers: IncomingHttpHeaders,
  maxBytes: number,
): Promise<SentForm> {
  const { promise, resolve, reject } = Promise.withResolvers<SentForm>();
  const fields = new Map<string, string>();
  const files: Uint8Array[] = [];
  let left = maxBytes;
  const fail = (error: Error): void => {
    payload.unpipe();
    reject(error);
  };
  const malformed = (): void => fail(new ShoalError('bad-argument', 'the body is not a valid form'));
  const take = (lengthBytes: number): boolean => {
    left -= lengthBytes;
    if (left < 0) fail(new TooLarge(`a form has at most ${maxBytes} bytes here`));
    return left >= 0;
  };
  const parser = parserFor(headers, maxBytes);
  if (parser === undefined) {
    malformed();
    return promise;
  }
  parser.on('field', (name, value, isNameCut, isValueCut) => {
    if (name === undefined || isNameCut || isValueCut) malformed();
    else if (take(Buffer.byteLength(value))) fields.set(name, value);
  });
  parser.on('file', (_, file) => {
    const chunks: Uint8Array[] = [];
    file.on('data', (chunk: Uint8Array) => take(chunk.length) && chunks.push(chunk));
    file.on('end', () => left >= 0 && files.push(Buffer.concat(chunks)));
    file.on('error', malformed);
  });
  parser.on('fieldsLimit', () =>
    fail(new ShoalError('bad-argument', `a form has at most ${MAX_FIELDS} fields`)),
  );
  parser.on('filesLimit', () =>
    fail(new ShoalError('bad-argument', `a form has at most ${MAX_FILES} files`)),
  );
  parser.on('error', malformed);
  parser.on('finish', () => resolve({ fields, files }));
  payload.on('error', malformed);
  payload.on('close', () => payload.readableEnded || malformed());
  payload.pipe(parser);
  return promise;
}

/** @returns undefined when the type names no boundary */
function parserFor(headers: IncomingHttpHeaders, maxBytes: number): InstanceType<typeof Busboy> | undefined {
  const limits = {
    fields: MAX_FIELDS,
    files: MAX_FILES,
    headerPairs: MAX_PART_HEADERS,
    fieldSize: maxBytes,
    fileSize: maxBytes,
  };
  try {
    return new Busboy({ headers: { ...headers, 'content-type': headers['content-type'] ?? '' }, limits });
  } catch {
    return undefined;
  }
}
