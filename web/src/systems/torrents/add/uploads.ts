/** The uploads from this browser to the daemon that are under way. */
import { createState, type SharedState } from '../../../shell/state.ts';

export interface Uploading {
  readonly id: number;
  readonly name: string;
  readonly sent: number;
  readonly total: number;
  readonly stop: () => void;
}

const uploads: SharedState<readonly Uploading[]> = createState<readonly Uploading[]>([]);
export const useUploads: () => readonly Uploading[] = uploads.use;
let nextId = 1;

export function trackUpload(
  name: string,
  stop: () => void,
): { readonly progress: (sent: number, total: number) => void; readonly end: () => void } {
  const id = nextId++;
  uploads.set([...uploads.get(), { id, name, sent: 0, total: 0, stop }]);
  return {
    progress: (sent, total) =>
      uploads.set(uploads.get().map((one) => (one.id === id ? { ...one, sent, total } : one))),
    end: () => uploads.set(uploads.get().filter((one) => one.id !== id)),
  };
}
