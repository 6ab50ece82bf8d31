import type { Trial } from './try-app.ts';

/** docs/corpus.md. */
export function corpusTable(
  trials: readonly Trial[],
  { date, machine }: { readonly date: string; readonly machine: string },
): string {
  const answers = trials.filter(({ app }) => app.expect.kind === 'answer');
  const refusals = trials.filter(({ app }) => app.expect.kind === 'refusal');
  const built = answers.filter((trial) => trial.built).length;
  const well = answers.filter((trial) => trial.problem === undefined).length;
  return `# The corpus

Applications as people have them, made anew from the npm registry by \`npm run corpus\`: out of generators, on frameworks, published
servers, and the ways in which people write what starts. Each is built, started by runc, asked over HTTP, and told to stop with SIGTERM.
No image may be made that does not start, so what would not start is refused, with the message that the table of the refused names.

Of ${answers.length} applications that have a server, ${built} were built, and ${well} of these started, answered and stopped as they should.
This was on ${date}, on ${machine}. Each application was tried on its own, on a machine that did other work too, so its times say
little beside those of another: a build installs anew, but mostly has Node's layer and the base from the builds before it; a start includes
unpacking the image.

${table(
  ['application', 'stack', 'build', 'image', 'of it the application', 'start', 'stop', 'status'],
  answers.map((trial) => [
    `**${trial.app.name}** ${trial.app.about}${trial.problem === undefined ? '' : ` — ${trial.problem}`}`,
    trial.stack ?? '',
    seconds(trial.buildSeconds),
    megabytes(trial.imageBytes),
    megabytes(trial.appBytes),
    seconds(trial.startSeconds),
    trial.stopMs === undefined ? '' : `${Math.round(trial.stopMs)} ms`,
    String(trial.endedWith ?? ''),
  ]),
)}

Sizes are those of compressed layers; Node itself is 50 to 60 MB of each image, and the same layer in all that take the same version.

## Refused

${table(
  ['application', 'exit status', 'message'],
  refusals.map(({ app, problem }) => [
    `**${app.name}** ${app.about}${problem === undefined ? '' : ` — ${problem}`}`,
    app.expect.kind === 'refusal' ? String(app.expect.exitCode) : '',
    app.expect.kind === 'refusal' ? `…${app.expect.says}…` : '',
  ]),
)}
`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', String.raw`\|`)).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function seconds(value: number | undefined): string {
  return value === undefined ? '' : `${value.toFixed(1)} s`;
}

function megabytes(bytes: number | undefined): string {
  return bytes === undefined ? '' : `${(bytes / 1e6).toFixed(1)} MB`;
}
