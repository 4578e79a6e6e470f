/** `shoal completion`: completions for bash, zsh and fish, made from the program's own commands and options. */
import type { Command, Option } from 'commander';
import { ShoalError } from '../ground/errors.ts';
import { createOutput } from '../cli/options.ts';
import { EXIT, runCommand } from '../cli/run.ts';

interface Entry {
  readonly name: string;
  readonly summary: string;
  /** Names of the commands below it (`dht lookup`). */
  readonly parts: readonly string[];
  readonly flags: readonly { readonly flag: string; readonly description: string }[];
}

export async function runCompletion(program: Command, shell: string): Promise<void> {
  const output = createOutput({});
  await runCommand(output, async () => {
    output.result(renderCompletion(program, shell));
    return EXIT.done;
  });
}

function entriesOf(program: Command): Entry[] {
  return program.commands.map((command) => ({
    name: command.name(),
    summary: command.summary(),
    parts: command.commands.map((part) => part.name()),
    flags: [
      ...uniqueOptions([command, ...command.commands]).map((option) => ({
        flag: option.long ?? option.short ?? '',
        description: option.description,
      })),
      { flag: '--help', description: 'show help' },
    ],
  }));
}

function uniqueOptions(commands: readonly Command[]): Option[] {
  const options = new Map<string, Option>();
  for (const command of commands) for (const option of command.options) options.set(option.flags, option);
  return [...options.values()];
}

/** @throws ShoalError bad-argument */
export function renderCompletion(program: Command, shell: string): string {
  const entries = entriesOf(program);
  switch (shell) {
    case 'bash':
      return renderBash(entries);
    case 'zsh':
      return renderZsh(entries);
    case 'fish':
      return renderFish(entries);
    default:
      throw new ShoalError('bad-argument', `no completions for "${shell}": bash, zsh and fish are known`);
  }
}

function renderBash(entries: readonly Entry[]): string {
  const cases = entries.map((e) => `    ${e.name}) words="${e.flags.map((f) => f.flag).join(' ')}" ;;`);
  const parts = entries
    .filter((e) => e.parts.length > 0)
    .map((e) => `    ${e.name}) parts="${e.parts.join(' ')}" ;;`);
  return [
    '_shoal() {',
    '  local current="${COMP_WORDS[COMP_CWORD]}" words="" parts=""',
    '  if [ "$COMP_CWORD" -eq 1 ]; then',
    `    COMPREPLY=($(compgen -W "${entries.map((e) => e.name).join(' ')} --help --version" -- "$current")); return`,
    '  fi',
    '  case "${COMP_WORDS[1]}" in',
    ...cases,
    '  esac',
    '  [ "$COMP_CWORD" -eq 2 ] && case "${COMP_WORDS[1]}" in',
    ...parts,
    '  esac',
    '  if [ -n "$parts" ]; then COMPREPLY=($(compgen -W "$parts" -- "$current")); return; fi',
    '  case "$current" in',
    '    -*) COMPREPLY=($(compgen -W "$words" -- "$current")) ;;',
    '    *) COMPREPLY=($(compgen -f -- "$current")) ;;',
    '  esac',
    '}',
    'complete -o filenames -F _shoal shoal',
  ].join('\n');
}

function quote(text: string): string {
  return text.replaceAll("'", "'\\''");
}

function renderZsh(entries: readonly Entry[]): string {
  const commands = entries.map((e) => `    '${e.name}:${quote(e.summary)}'`);
  const cases = entries.map((e) => {
    const flags = e.flags
      .map((f) => `'${f.flag}[${quote(f.description).replaceAll(/[[\]]/g, '')}]'`)
      .join(' ');
    const parts = e.parts.length === 0 ? '' : `'2:command:(${e.parts.join(' ')})' `;
    return `    ${e.name}) _arguments ${parts}${flags} '*:file:_files' ;;`;
  });
  return [
    '#compdef shoal',
    '_shoal() {',
    '  local -a commands=(',
    ...commands,
    '  )',
    '  if (( CURRENT == 2 )); then _describe command commands; return; fi',
    '  case "$words[2]" in',
    ...cases,
    '  esac',
    '}',
    'compdef _shoal shoal',
  ].join('\n');
}

function renderFish(entries: readonly Entry[]): string {
  const lines: string[] = [];
  for (const e of entries) {
    lines.push(`complete -c shoal -n __fish_use_subcommand -a ${e.name} -d '${quote(e.summary)}'`);
    for (const part of e.parts) {
      lines.push(`complete -c shoal -n '__fish_seen_subcommand_from ${e.name}' -a ${part}`);
    }
    for (const f of e.flags.filter((flag) => flag.flag.startsWith('--'))) {
      lines.push(
        `complete -c shoal -n '__fish_seen_subcommand_from ${e.name}' -l ${f.flag.slice(2)} -d '${quote(f.description)}'`,
      );
    }
  }
  return lines.join('\n');
}
