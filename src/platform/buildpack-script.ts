import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadBuildpack } from '../buildpack/load-buildpack.ts';
import { writeToml } from '../cnb/toml.ts';
import type { BuildpackTools, FoundBuildpacks } from './buildpack-tools.ts';

/** A buildpack that stands in project.toml itself. */
export interface InlineScript {
  readonly id: string;
  readonly version: string;
  readonly api: string;
  readonly inline: string;
  readonly shell: string;
}

/**
 * A directory buildpack of a script, with the files that pack makes of it (PRJ-07); it always detects.
 * https://github.com/buildpacks/spec/blob/main/extensions/project-descriptor.md#inline-buildpack
 */
export async function scriptBuildpack(script: InlineScript, tools: BuildpackTools): Promise<FoundBuildpacks> {
  const { store, surroundings } = tools;
  const { report, signal } = surroundings;
  const { id, version, api, inline, shell } = script;
  const files = {
    'buildpack.toml': writeToml({ api, buildpack: { id, version } }),
    'bin/detect': `#!${shell}\n\nexit 0\n`,
    'bin/build': `#!${shell}\n\n${inline}\n`,
  };
  const key = createHash('sha256').update(JSON.stringify(files)).digest('hex');
  const fill = async (target: string): Promise<void> => {
    mkdirSync(join(target, 'bin'));
    for (const [name, text] of Object.entries(files)) {
      writeFileSync(join(target, name), text);
      if (name.startsWith('bin/')) chmodSync(join(target, name), 0o755);
    }
  };
  const dir = await store.toolchains.ensure(`buildpack-script-${key}`, fill, { signal });
  const main = { buildpack: await loadBuildpack(dir, { report, signal }), dir };
  return { main, all: [main] };
}
