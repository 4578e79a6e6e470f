// Which state of a share follows which, and what each keeps.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ShoalError } from '../../../../ground/errors.ts';
import type { Metainfo } from '../../../../data/content/metainfo.ts';
import { ShareLife, type LifePhase } from './share-life.ts';

const metainfo = { info: { name: 'pair' } } as unknown as Metainfo;
const error = new ShoalError('io-error', 'the disk broke');

type Life = ShareLife<string>;
type Step = (life: Life) => unknown;

/** The way to each phase. */
const WAYS: Readonly<Record<LifePhase, readonly Step[]>> = {
  metadata: [],
  checking: [(life) => life.handleMetadata(metainfo)],
  fetching: [
    (life) => life.handleMetadata(metainfo),
    (life) => life.handleOpened('files'),
    (life) => life.handleMissing(),
  ],
  resting: [
    (life) => life.handleMetadata(metainfo),
    (life) => life.handleOpened('files'),
    (life) => life.handleMissing(),
    (life) => life.handleTrouble(),
  ],
  seeding: [
    (life) => life.handleMetadata(metainfo),
    (life) => life.handleOpened('files'),
    (life) => life.handleSaved(),
  ],
  failed: [(life) => life.handleMetadata(metainfo), (life) => life.handleFailure(error)],
  stopped: [(life) => life.handleMetadata(metainfo), (life) => life.handleStop()],
};

function lifeIn(phase: LifePhase, onPhase?: () => void): Life {
  const life: Life = new ShareLife<string>(undefined, onPhase);
  for (const step of WAYS[phase]) step(life);
  assert.equal(life.state.phase, phase);
  return life;
}

const STEPS: readonly [
  name: string,
  step: Step,
  after: Readonly<Partial<Record<LifePhase, LifePhase | 'bug'>>>,
][] = [
  [
    'metadata comes',
    (life) => life.handleMetadata(metainfo),
    { metadata: 'checking', checking: 'bug', fetching: 'bug', resting: 'bug', seeding: 'bug' },
  ],
  ['something is missing', (life) => life.handleMissing(), { checking: 'bug', seeding: 'fetching' }],
  ['the disk refuses', (life) => life.handleTrouble(), { fetching: 'resting' }],
  ['the disk takes data again', (life) => life.handleRecovered(), { resting: 'fetching' }],
  [
    'all is saved',
    (life) => life.handleSaved(),
    { metadata: 'bug', checking: 'bug', fetching: 'seeding', resting: 'seeding' },
  ],
  [
    'it fails',
    (life) => life.handleFailure(error),
    { metadata: 'failed', checking: 'failed', fetching: 'failed', resting: 'failed', seeding: 'failed' },
  ],
  [
    'it is stopped',
    (life) => life.handleStop(),
    {
      metadata: 'stopped',
      checking: 'stopped',
      fetching: 'stopped',
      resting: 'stopped',
      seeding: 'stopped',
      failed: 'stopped',
    },
  ],
];

for (const [name, step, after] of STEPS)
  test(`${name}: from every phase`, () => {
    for (const phase of Object.keys(WAYS) as LifePhase[]) {
      const life = lifeIn(phase);
      const next = after[phase] ?? phase;
      if (next === 'bug') assert.throws(() => step(life), `${phase} allows no such step`);
      else {
        step(life);
        assert.equal(life.state.phase, next, `from ${phase}`);
      }
    }
  });

test('files that are whole when they are opened are saved first', () => {
  const life = lifeIn('checking');
  life.handleChecked(3, 9);
  assert.equal(life.handleOpened('files'), true);
  const { state } = life;
  assert.ok(state.phase === 'checking' && state.files === 'files' && state.checkedBytes === 3);
  assert.deepEqual([life.isKnown, life.takesLinks], [false, false]);
  life.handleSaved();
  assert.deepEqual([life.isKnown, life.takesLinks], [true, true]);
});

test('files that are opened after the end are not taken', () => {
  for (const phase of ['failed', 'stopped'] as const)
    assert.equal(lifeIn(phase).handleOpened('files'), false);
});

test('the end keeps what was known, and is reached once', () => {
  const life = lifeIn('seeding');
  assert.equal(life.handleFailure(error), true);
  assert.equal(life.handleFailure(error), false);
  assert.deepEqual(life.state, { phase: 'failed', error, metainfo, files: 'files' });
  assert.equal(life.handleStop(), false);
  assert.deepEqual(life.state, { phase: 'stopped', metainfo, files: 'files' });
  assert.equal(life.isOver, true);
});

test('each new phase is told, and nothing else', () => {
  let told = 0;
  const life = lifeIn('fetching', () => told++);
  assert.equal(told, 2);
  life.handleRecovered();
  life.handleChecked(1, 2);
  assert.equal(told, 2);
});
