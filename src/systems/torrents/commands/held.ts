/** `shoal publications` and `shoal follows`: what the daemon publishes and follows, and an end to it. */
import type { DriveOptions } from '../../../cli/daemon-client.ts';
import { commandLine } from '../../../cli/command-name.ts';
import type { Output } from '../../../cli/output.ts';
import { formatBytes, printable } from '../../../cli/terminal/format.ts';
import type { Column, Row } from '../../../cli/terminal/table.ts';
import { ShoalError } from '../../../ground/errors.ts';
import type { FollowSummary, PublicationSummary } from '../api/types.ts';
import { drive } from './drive.ts';

const number: Column = { heading: 'No', isRight: true };

const PUBLICATIONS: readonly Column[] = [
  number,
  { heading: 'Version', isRight: true },
  { heading: 'Nodes', isRight: true, dropsAt: 2 },
  { heading: 'Size', isRight: true, dropsAt: 1 },
  { heading: 'Name' },
  { heading: 'Path' },
];

const FOLLOWS: readonly Column[] = [
  number,
  { heading: 'Version', isRight: true },
  { heading: 'State' },
  { heading: 'Name' },
  { heading: 'Folder' },
];

const notesOf = (trouble: string | null): Pick<Row, 'notes'> =>
  trouble === null ? {} : { notes: [printable(trouble)] };

function showPublications(output: Output, all: readonly PublicationSummary[]): void {
  for (const one of all) output.event('publication', one);
  const rows = all.map(({ id, sequence, stored, size, name, path, trouble, isSuperseded }) => ({
    cells: [
      `${id}`,
      `${sequence ?? '-'}`,
      `${stored ?? '-'}`,
      formatBytes(size),
      printable(name),
      printable(path ?? '-'),
    ],
    ...notesOf(trouble ?? (isSuperseded ? 'another machine published a newer version with this key' : null)),
  }));
  if (rows.length > 0) output.table(PUBLICATIONS, rows);
  else output.info(`the daemon publishes nothing yet: ${commandLine('publish NAME PATH')}`);
}

function showFollows(output: Output, all: readonly FollowSummary[]): void {
  for (const one of all) output.event('follow', one);
  const rows = all.map(({ id, sequence, state, name, folder, trouble }) => ({
    cells: [`${id}`, `${sequence ?? '-'}`, state, printable(name), printable(folder)],
    ...notesOf(trouble),
  }));
  if (rows.length > 0) output.table(FOLLOWS, rows);
  else output.info(`the daemon follows nothing yet: ${commandLine('follow LINK')}`);
}

export type Kind = 'publications' | 'follows';

export async function runHeldList(kind: Kind, options: DriveOptions): Promise<void> {
  await drive(options, async (ask, output) => {
    const answer = await ask('GET', `/api/v1/${kind}`);
    if (kind === 'publications') showPublications(output, (answer as Publications).publications);
    else showFollows(output, (answer as { readonly follows: readonly FollowSummary[] }).follows);
  });
}

interface Publications {
  readonly publications: readonly PublicationSummary[];
}

/** By number, or by name where that is the only one. */
export async function runHeldRemove(
  kind: Kind,
  which: readonly string[],
  options: DriveOptions,
): Promise<void> {
  await drive(options, async (ask, output) => {
    const answer = (await ask('GET', `/api/v1/${kind}`)) as Readonly<Record<Kind, readonly Named[]>>;
    for (const one of which) {
      const found = choose(answer[kind], one, kind);
      const { id, name } = found;
      await ask('DELETE', `/api/v1/${kind}/${id}`);
      output.event('removed', { [kind === 'publications' ? 'publication' : 'follow']: id });
      output.result(`${id}  ${printable(name)}: ${describeEnd(kind, found)}`);
    }
  });
}

interface Named {
  readonly id: number;
  readonly name: string;
  readonly share?: number | null;
  /** Of a follow. */
  readonly state?: FollowSummary['state'];
}

function describeEnd(kind: Kind, { share, state }: Named): string {
  if (kind === 'follows') {
    const stays = 'followed no more; the version that is here stays';
    return state === 'shown' && typeof share === 'number' ? `${stays}, and is still share ${share}` : stays;
  }
  return typeof share === 'number' ? `published no more; it is still share ${share}` : 'published no more';
}

/** @throws ShoalError bad-argument */
export function choose(all: readonly Named[], which: string, kind: Kind): Named {
  const byNumber = all.find(({ id }) => `${id}` === which);
  const byName = all.filter(({ name }) => name === which);
  const found = byNumber ?? (byName.length === 1 ? byName[0] : undefined);
  if (found !== undefined) return found;
  const why =
    byName.length > 1 ? 'several have that name: give the number' : 'there is none of that number or name';
  throw new ShoalError('bad-argument', `${which || '""'}: ${why}; see: ${commandLine(`${kind} list`)}`);
}
