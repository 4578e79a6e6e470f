/** Requests to the daemon: JSON to and from `/api/v1`. A refusal is an `ApiError` with the message of the daemon. */
import { getText } from './texts/index.ts';

export class ApiError extends Error {
  /** The HTTP status; 0 without an answer. */
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Replaces the words of the browser, such as "Failed to fetch". */
export const offline = (): ApiError => new ApiError(0, 'offline', getText().noAnswer);

/** @param path below `/api/v1/` @throws ApiError */
export async function ask<T>(method: string, path: string, body?: object): Promise<T> {
  return (await askFully<T>(method, path, body)).answer;
}

/** As `ask`, with the status of the answer. */
export async function askFully<T>(
  method: string,
  path: string,
  body?: object,
): Promise<{ readonly status: number; readonly answer: T }> {
  const response = await fetch(`/api/v1/${path}`, {
    method,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  }).catch(() => {
    throw offline();
  });
  const { status } = response;
  if (status === 204) return { status, answer: undefined as T };
  const answer = (await response.json().catch(() => ({}))) as { code?: string; message?: string };
  if (response.ok) return { status, answer: answer as T };
  throw new ApiError(response.status, answer.code ?? 'bug', answer.message ?? response.statusText);
}

export const signIn = (token: string): Promise<void> => ask('POST', 'sign-in', { token });
