import { readdirSync } from 'node:fs';
import { relative } from 'node:path';
import { newBuildpack } from '../../platform/buildpack-new.ts';
import { textOption, type CommandResult, type Invocation } from '../command.ts';

export async function run({ arguments: words, options, cwd }: Invocation): Promise<CommandResult> {
  const [id = ''] = words;
  const directory = newBuildpack({
    id,
    directory: textOption(options, 'path'),
    version: textOption(options, 'buildpackVersion') ?? '0.0.1',
    type: textOption(options, 'type') === 'module' ? 'module' : 'bash',
    cwd,
  });
  const path = `./${relative(cwd, directory)}`;
  return {
    lines: [`Wrote ${path}`, `Try it: tsbuildpack build ./app --buildpack ${path} --buildpack from=builtin`],
    json: { directory, files: readdirSync(directory).toSorted() },
  };
}
