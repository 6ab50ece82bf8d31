import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { TsbuildpackError } from '../errors.ts';
import type { Binding } from '../lifecycle/platform-directory.ts';

/**
 * What `--binding [NAME=]DIR` names: a directory with a `type` file is one binding, any other one holds a directory for each
 * — https://github.com/servicebinding/spec#workload-projection. Throws INVALID_INPUT.
 */
export function readBindings(flags: readonly string[], cwd: string): readonly Binding[] {
  const bindings = flags.flatMap((flag) => {
    const [, name, path = flag] = /^([A-Za-z0-9][A-Za-z0-9.-]*)=(.+)$/s.exec(flag) ?? [];
    const dir = resolve(cwd, path);
    if (statSync(dir, { throwIfNoEntry: false })?.isDirectory() !== true) throw unusable(flag, 'it is no directory');
    if (isBinding(dir)) return [readBinding(name ?? basename(dir), dir)];
    const inner = visible(dir).filter((entry) => isBinding(join(dir, entry)));
    if (inner.length === 0 || name !== undefined) throw unusable(flag, 'it has no file "type"');
    return inner.map((entry) => readBinding(entry, join(dir, entry)));
  });
  const twice = bindings.find(({ name }, index) => bindings.findIndex((other) => other.name === name) !== index);
  if (twice !== undefined) throw unusable(twice.name, 'there are two bindings of this name');
  return bindings;
}

/** A cluster mounts secrets as links to a hidden directory that it replaces: those are followed, what is hidden is not read itself. */
function visible(dir: string): readonly string[] {
  return readdirSync(dir)
    .filter((name) => !name.startsWith('.'))
    .toSorted();
}

function isBinding(dir: string): boolean {
  return statSync(join(dir, 'type'), { throwIfNoEntry: false })?.isFile() === true;
}

function readBinding(name: string, dir: string): Binding {
  const files = visible(dir).filter((entry) => statSync(join(dir, entry)).isFile());
  return { name, files: new Map(files.map((entry) => [entry, readFileSync(join(dir, entry))])) };
}

function unusable(what: string, problem: string): TsbuildpackError {
  return new TsbuildpackError('INVALID_INPUT', `Cannot use binding "${what}": ${problem}`, {
    hint: 'Name a directory with a file "type" and the entries of the service, or a directory of such directories',
  });
}
