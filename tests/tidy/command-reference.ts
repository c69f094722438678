import type { Argument, Command } from 'commander';
import { buildProgram } from '#gateway/cli/command-line.ts';
import { EXAMPLES } from '#gateway/cli/examples.ts';

/** Every command by its path, such as `waystation sinks retry`. */
export async function allCommands(): Promise<ReadonlyMap<string, Command>> {
  // The commands of `decode` are loaded where it is asked for.
  const program = await buildProgram(['decode'], async () => {});
  const walk = (command: Command, path: string): readonly (readonly [string, Command])[] => [
    [path, command],
    ...command.commands.flatMap((each) => walk(each, `${path} ${each.name()}`)),
  ];
  return new Map(walk(program, program.name()));
}

/** `docs/commands.md`, made from the program: `node tests/tidy/command-reference.ts > docs/commands.md`. */
export async function commandReference(): Promise<string> {
  const all = [...(await allCommands())].filter(([, command]) => !isGroup(command));
  const rows = all.map(([path, command]) => {
    return `| [\`${path}\`](#${path.replaceAll(' ', '-')}) | ${cell(command.summary() || command.description())} |`;
  });
  return `# Commands

In a checkout the command is \`deploy/waystation\`, installed it is \`waystation\` ([install.md](install.md)). What went wrong is said on standard error, with
its remedy ([errors.md](errors.md)); on standard output is what was asked for, and nothing else. The exit codes are in
[operating.md](operating.md#starting-and-stopping). \`--help\` behind a command says what stands here; \`waystation --debug COMMAND\` prints the stack of an error.

| command | what |
|---|---|
${rows.join('\n')}

${all.map(([path, command]) => sectionOf(path, command)).join('\n\n')}
`;
}

/** A group does nothing by itself; the program is one. */
function isGroup({ commands, options }: Command): boolean {
  return commands.length > 0 && !options.some(({ long }) => long === '--json');
}

function sectionOf(path: string, command: Command): string {
  const { registeredArguments, options } = command;
  const rows = [
    ...registeredArguments.map((each) => [placeOf(each), each.description, each.defaultValue]),
    ...options.map(({ flags, description, defaultValue, defaultValueDescription }) => [
      flags,
      description,
      defaultValueDescription ?? defaultValue,
    ]),
  ].map(
    ([flags, description, byDefault]) => `| \`${flags}\` | ${cell(String(description))} | ${defaultOf(byDefault)} |`,
  );
  const examples = EXAMPLES[path] ?? [];
  return [
    `## ${path}`,
    command.description(),
    ...(rows.length === 0
      ? []
      : [['| argument or option | what | unless stated |', '|---|---|---|', ...rows].join('\n')]),
    ...(examples.length === 0 ? [] : [['```sh', ...examples, '```'].join('\n')]),
  ].join('\n\n');
}

function placeOf(argument: Argument): string {
  const dots = argument.variadic ? '...' : '';
  return argument.required ? `<${argument.name()}${dots}>` : `[${argument.name()}${dots}]`;
}

function defaultOf(value: unknown): string {
  return value === undefined || (Array.isArray(value) && value.length === 0) ? '' : `\`${String(value)}\``;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

if (import.meta.main) process.stdout.write(await commandReference());
