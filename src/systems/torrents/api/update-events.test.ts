// What is told of publications and follows: all at first, then what is new, different or gone, and nothing twice.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Updates } from '../updates/updates.ts';
import { UpdateEvents } from './update-events.ts';

interface FakePublication {
  stored: { id: number; name: string; publicKey: string; keyName: string; shareKey: string };
  trouble: string | undefined;
}

const publication = (id: number): FakePublication => ({
  stored: { id, name: `app${id}`, publicKey: 'ab'.repeat(32), keyName: 'default', shareKey: 'cd' },
  trouble: undefined,
});
const follow = (id: number): object => ({
  stored: { id, link: 'magnet:?xs=urn:btpk:', folder: '/f', preferences: { everySeconds: 300 } },
  link: { publicKey: new Uint8Array(32), name: 'theirs' },
  eventCount: 0,
});

class World {
  publications: FakePublication[] = [];
  follows: object[] = [];
  readonly events: UpdateEvents;

  constructor() {
    const world = this;
    const updates = {
      publications: {
        get all() {
          return world.publications;
        },
        entryOf: () => undefined,
      },
      follows: {
        get all() {
          return world.follows;
        },
      },
    };
    this.events = new UpdateEvents(updates as unknown as Pick<Updates, 'publications' | 'follows'>);
  }
}

/** The names of events, with the number of what each is about. */
const namesOf = (messages: readonly string[]): string[] =>
  messages.map((message) => message.replace(/^event: (\S+)\ndata: \{"id":(\d+)[\s\S]*$/, '$1 $2'));

test('what is new, different or gone is told once', () => {
  const world = new World();
  world.publications = [publication(1)];
  world.events.begin();
  assert.deepEqual(namesOf(world.events.changes()), []);
  world.publications = [publication(1), publication(2)];
  world.follows = [follow(1)];
  assert.deepEqual(namesOf(world.events.changes()), ['publication 2', 'follow 1']);
  assert.deepEqual(world.events.changes(), []);
  world.publications[0]!.trouble = 'no key';
  assert.deepEqual(namesOf(world.events.changes()), ['publication 1']);
  world.publications.shift();
  world.follows = [];
  assert.deepEqual(namesOf(world.events.changes()), ['publication-removed 1', 'follow-removed 1']);
});

test('a listener that is new is told all, and the others what changed meanwhile', () => {
  const world = new World();
  world.events.begin();
  world.follows = [follow(7)];
  assert.deepEqual(namesOf(world.events.all()), ['follow 7']);
  assert.deepEqual(namesOf(world.events.changes()), ['follow 7']);
});
