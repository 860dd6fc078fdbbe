import type { Argument, Command, Option } from "commander";

/** `docs/reference/cli.md`. */
export function renderCliPage(program: Command): string {
  return `${HEAD}\n${commandsOf(program).map(renderCommand).join("\n")}`;
}

const HEAD = `# The command line

Results go to standard output, progress and errors to standard error. \`--json\` puts exactly one JSON document on standard output,
also when the command fails: \`{"error": {"code", "detail", "remedy", "exit"}}\`. In a pipe and in CI progress is plain lines; the
variables \`NO_COLOR\` and \`FORCE_COLOR\` are kept. [Exit codes](exit-codes.md) and [errors](errors.md) have pages of their own.

## Settings and where they come from

For \`seatrial run\`: flag > environment > plan file > profile > default. \`--explain\` prints each setting with its origin.

| from | how |
|---|---|
| flag | as below; flags of trials stand in the help of \`run\`, those of one trial apply to that trial |
| \`--set key=value\` | any option by its name in a plan file: \`samples=50\`, \`visibility.samples=50\`, \`limits.create.p99=10ms\`, \`'operations=[create, append]'\` |
| environment | the flag's name in capitals behind \`SEATRIAL_\`: \`SEATRIAL_EVENT_TIMEOUT=500ms\`, and \`SEATRIAL_RUNTIME\`, \`SEATRIAL_PROFILE\`, \`SEATRIAL_SEED\`, \`SEATRIAL_OUT\` |
| plan file | YAML, [an example](../../examples/plan.yaml), [its schema](../../schemas/plan.schema.json); an unknown key is an error with its line and column |
| profile | \`quick\`, \`standard\`, \`thorough\` |

\`SEATRIAL_STATE_DIR\` says where small state is kept that must outlive a killed lab (default: \`$XDG_STATE_HOME/seatrial\`, else
\`~/.local/state/seatrial\`).

## Interrupting

The first Ctrl-C (or SIGTERM, or SIGHUP) heals faults, cleans up, and writes the report of what was recorded by then; the exit
status is 130 or 143. A second one ends at once and says what it left; \`seatrial sweep\` removes that.

This page is made from the command's own definitions by \`npm run docs:reference\`; a test holds the two together.
`;

/** Those that do something: a group stands for what is in it. */
function commandsOf(group: Command): Command[] {
  const visible = group.createHelp().visibleCommands(group);
  return visible.flatMap((command) => (command.commands.length > 0 ? commandsOf(command) : [command]));
}

function renderCommand(command: Command): string {
  const help = command.createHelp();
  const usage = help.commandUsage(command);
  if (command.name() === "help") return "";
  return [
    `## ${usage}`,
    "",
    command.description(),
    "",
    ...table("argument", command.registeredArguments.map(argumentRow)),
    ...table("flag", help.visibleOptions(command).filter(isOwn).map(optionRow)),
  ].join("\n");
}

function isOwn({ long }: Option): boolean {
  return long !== "--help";
}

function argumentRow(argument: Argument): string[] {
  return [argument.name(), withDefault(argument.description, argument.defaultValue)];
}

function optionRow({ flags, description, argChoices, defaultValue, negate }: Option): string[] {
  const choices = argChoices ? `${description}: ${argChoices.join(", ")}` : description;
  return [flags, withDefault(choices, negate ? undefined : defaultValue)];
}

function withDefault(description: string, value: unknown): string {
  return typeof value === "string" ? `${description} (default: ${value})` : description;
}

function table(head: string, rows: string[][]): string[] {
  if (rows.length === 0) return [];
  const lines = rows.map(([name = "", meaning = ""]) => `| \`${name}\` | ${meaning.replaceAll("|", "\\|")} |`);
  return [`| ${head} | meaning |`, "|---|---|", ...lines, ""];
}
