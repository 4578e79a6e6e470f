// Where the bytes of a file lie in each of its states.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createGeometry } from '../../../../testkit/geometry.ts';
import { FilePlaces, type FileState } from './file-places.ts';

const geometry = createGeometry([10, 20]);

function fetched(): FilePlaces {
  const paths = [
    ['s', 'a'],
    ['s', 'b'],
  ];
  const plan = { outputDir: '/out', paths, wanted: new Set([0]), edgesPath: '/state/edges' };
  return new FilePlaces(geometry, ['/out/s/a', '/out/s/b'], plan);
}

interface Case {
  readonly state: FileState | undefined;
  readonly current: string;
  /** Undefined: it is not written. */
  readonly written: string | undefined;
  readonly isFinished: boolean;
}

const cases: readonly (readonly [string, number, Case])[] = [
  ['wanted', 0, { state: undefined, current: '/out/s/a.part', written: '/out/s/a.part', isFinished: false }],
  [
    'not wanted',
    1,
    { state: undefined, current: '/state/edges', written: '/state/edges', isFinished: false },
  ],
  ['finished', 0, { state: { kind: 'finished' }, current: '/out/s/a', written: undefined, isFinished: true }],
  [
    'finished once, and not wanted any more',
    1,
    { state: { kind: 'finished' }, current: '/out/s/b', written: undefined, isFinished: true },
  ],
  [
    'compared',
    0,
    {
      state: { kind: 'compared', mayBecomePart: true },
      current: '/out/s/a',
      written: '/out/s/a',
      isFinished: true,
    },
  ],
  [
    "another client's",
    0,
    {
      state: { kind: 'foreign', path: '/out/s/a.!qB' },
      current: '/out/s/a.!qB',
      written: '/out/s/a.!qB',
      isFinished: false,
    },
  ],
];

for (const [what, file, { state, current, written, isFinished }] of cases) {
  test(`a fetched file that is ${what}`, () => {
    const places = fetched();
    if (state !== undefined) places.setState(file, state);
    assert.equal(places.currentPath(file), current);
    assert.equal(places.pathFor(file, 'read'), current);
    assert.equal(places.pathFor(file, 'write'), written);
    assert.equal(places.isFinished(file), isFinished);
    assert.equal(places.isAside(file), current === '/state/edges');
    assert.equal(places.offsetIn(file, 3), current === '/state/edges' ? 13 : 3);
    places.setPart(file);
    assert.equal(places.currentPath(file), file === 0 ? '/out/s/a.part' : '/state/edges');
  });
}

test('a share that moves, a file that is renamed, other files that are wanted', () => {
  const places = fetched();
  places.setFinished(0);
  places.relocate('/there', '/state/other');
  places.rename(0, ['s', 'sub', 'c']);
  assert.deepEqual([places.currentPath(0), places.currentPath(1)], ['/there/s/sub/c', '/state/other']);
  assert.deepEqual(places.plan!.paths[0], ['s', 'sub', 'c']);
  places.select(new Set([1]));
  assert.deepEqual([places.isWanted(0), places.currentPath(1)], [false, '/there/s/b.part']);
});

test('files in place are finished, wherever they lie; pads lie nowhere', () => {
  const places = new FilePlaces(geometry, ['/mine/a', undefined], undefined);
  assert.deepEqual([places.currentPath(0), places.pathFor(0, 'write')], ['/mine/a', undefined]);
  assert.deepEqual([places.isFinished(0), places.isWanted(0), places.isAside(1)], [true, true, false]);
  assert.equal(places.currentPath(1), undefined);
});
