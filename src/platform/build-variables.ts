import { TsbuildpackError } from '../errors.ts';
import { readInputFile } from './read-input-file.ts';

export interface BuildVariableSources {
  /** `--env`, in order. */
  readonly flags: readonly string[];
  /** `--env-file`, in order. */
  readonly files: readonly string[];
  /** `[[io.buildpacks.build.env]]` of project.toml. */
  readonly project: readonly { readonly name: string; readonly value: string }[];
  readonly hostEnv: Readonly<Record<string, string | undefined>>;
}

/** The user's variables for the buildpacks: project.toml, then files, then flags; the later wins (PRJ-10). */
export function readBuildVariables({ flags, files, project, hostEnv }: BuildVariableSources): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const { name, value } of project) variables[checkName(name, 'project.toml')] = value;
  for (const file of files) Object.assign(variables, readFile(file, hostEnv));
  for (const flag of flags) Object.assign(variables, readAssignment(flag, '--env', hostEnv));
  return variables;
}

/** As `docker run --env-file` reads it: KEY=VALUE or KEY a line, `#` begins a comment line, values are taken as they stand. */
function readFile(file: string, hostEnv: BuildVariableSources['hostEnv']): Record<string, string> {
  const hint = 'Name a file with KEY=VALUE lines';
  const text = readInputFile(file, { action: 'Cannot read the variables in', hint });
  const variables: Record<string, string> = {};
  text.split(/\r?\n/).forEach((line, index) => {
    const trimmed = line.trimStart();
    if (trimmed === '' || trimmed.startsWith('#')) return;
    Object.assign(variables, readAssignment(trimmed, `${file}:${index + 1}`, hostEnv));
  });
  return variables;
}

function readAssignment(text: string, where: string, hostEnv: BuildVariableSources['hostEnv']): Record<string, string> {
  const equals = text.indexOf('=');
  if (equals >= 0) return { [checkName(text.slice(0, equals), where)]: text.slice(equals + 1) };
  const value = hostEnv[checkName(text, where)];
  // As with docker and pack: a name alone passes the variable on, and nothing when there is none.
  return value === undefined ? {} : { [text]: value };
}

/** One variable is one file of `<platform>/env`: its name must be a file name. */
function checkName(name: string, where: string): string {
  if (name !== '' && name !== '.' && name !== '..' && !/[/\0]/.test(name)) return name;
  throw new TsbuildpackError('INVALID_INPUT', `Cannot use "${name}" (${where}) as the name of a variable`, {
    hint: 'Write KEY=VALUE; the key may not be empty and may not contain a slash',
  });
}
