/** The events about publications and follows on `GET /api/v1/events`: what differs from what was told before. */
import type { Updates } from '../updates/updates.ts';
import { messageOf } from './event-stream.ts';
import { describeFollow } from './follows.ts';
import { describePublication } from './publications.ts';

type Kind = 'publication' | 'follow';

interface Told {
  readonly kind: Kind;
  readonly id: number;
  readonly message: string;
}

export class UpdateEvents {
  readonly #updates: Pick<Updates, 'publications' | 'follows'>;
  /** By kind and number. */
  #told: ReadonlyMap<string, Told> = new Map();

  constructor(updates: Pick<Updates, 'publications' | 'follows'>) {
    this.#updates = updates;
  }

  /** Changes count from now on. */
  begin(): void {
    this.#told = this.#now();
  }

  /** A message for each, for a listener that knows none. */
  all(): string[] {
    return [...this.#now().values()].map(({ message }) => message);
  }

  /** Messages about what is new, different or gone since the last call. */
  changes(): string[] {
    const [before, now] = [this.#told, this.#now()];
    this.#told = now;
    const messages: string[] = [];
    for (const [name, { message }] of now) if (before.get(name)?.message !== message) messages.push(message);
    for (const [name, { kind, id }] of before)
      if (!now.has(name)) messages.push(messageOf(`${kind}-removed`, { id }));
    return messages;
  }

  #now(): ReadonlyMap<string, Told> {
    const { publications, follows } = this.#updates;
    const summaries: readonly (readonly [Kind, { readonly id: number }])[] = [
      ...publications.all.map((held) => ['publication', describePublication(publications, held)] as const),
      ...follows.all.map((held) => ['follow', describeFollow(held)] as const),
    ];
    return new Map(
      summaries.map(([kind, summary]) => {
        const { id } = summary;
        return [`${kind} ${id}`, { kind, id, message: messageOf(kind, summary) }];
      }),
    );
  }
}
