/** The reference of all commands, from the program that runs them. */
import type { Argument, Command, Option } from 'commander';
import { code, table } from './markdown.ts';

/** @param program with all its commands */
export function commandsReference(program: Command): string {
  const visible = leavesOf(program, 'shoal');
  const common = commonOptions(visible.map(({ command }) => command));
  return [
    table(
      ['command', 'what it does'],
      visible.map(({ called, command }) => [
        `[${code(called)}](#${anchorOf(called)})`,
        command.description(),
      ]),
    ),
    'Options of most commands, which the sections below leave out:',
    table(
      ['option', 'what it does', 'not taken by'],
      common.map(({ flags, description }) => [code(flags), description, without(visible, flags)]),
    ),
    ...visible.map(({ called, command }) => sectionOf(called, command, common)),
  ].join('\n\n');
}

interface Leaf {
  /** With the names of the commands that it belongs to: `shoal dht get`. */
  readonly called: string;
  readonly command: Command;
}

const isHidden = (command: Command): boolean =>
  (command as unknown as { _hidden?: boolean })._hidden === true;

/** Commands that do something themselves. */
function leavesOf(command: Command, called: string): Leaf[] {
  const parts = command.commands.filter((part) => !isHidden(part));
  if (parts.length === 0) return [{ called, command }];
  return parts.flatMap((part) => leavesOf(part, `${called} ${part.name()}`));
}

const anchorOf = (called: string): string => called.toLowerCase().replaceAll(' ', '-');

const hasOption = ({ options }: Command, flags: string): boolean =>
  options.some((option) => option.flags === flags);

/** Options that more than two thirds of the commands have. */
function commonOptions(commands: readonly Command[]): Option[] {
  const [first] = commands;
  return (first?.options ?? []).filter(
    ({ flags }) => 3 * commands.filter((command) => hasOption(command, flags)).length > 2 * commands.length,
  );
}

const without = (leaves: readonly Leaf[], flags: string): string =>
  leaves
    .filter(({ command }) => !hasOption(command, flags))
    .map(({ called }) => code(called.replace('shoal ', '')))
    .join(', ');

function sectionOf(called: string, command: Command, common: readonly Option[]): string {
  const usage = [called, ...command.registeredArguments.map(usageOf)].join(' ');
  const own = command.options.filter(
    (option) => !option.hidden && common.every(({ flags }) => flags !== option.flags),
  );
  const parts = [`### ${called}`, `${code(usage)}: ${command.description()}`];
  const rows = [
    ...command.registeredArguments
      .filter(({ description }) => description !== '')
      .map((argument) => [code(usageOf(argument)), argument.description]),
    ...own.map((option) => [code(option.flags), `${option.description}${defaultOf(option)}`]),
  ];
  if (rows.length > 0) parts.push(table(['argument or option', 'what it is'], rows));
  return parts.join('\n\n');
}

function usageOf(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
  return argument.required ? `<${name}>` : `[${name}]`;
}

/** Lists begin empty, and `--no-…` is on until it is given: neither says anything. */
function defaultOf({ defaultValue, defaultValueDescription, negate }: Option): string {
  if (defaultValueDescription !== undefined) return ` (default: ${defaultValueDescription})`;
  const isSilent =
    defaultValue === undefined || negate || (Array.isArray(defaultValue) && defaultValue.length === 0);
  return isSilent ? '' : ` (default: ${JSON.stringify(defaultValue)})`;
}
