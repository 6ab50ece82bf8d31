import type { CommandDefinition } from '../command.ts';
import { build } from './build.ts';

const shared = [
  '--buildpack ',
  '--builder ',
  '--no-extensions ',
  '--env ',
  '--env-file ',
  '--descriptor ',
  '--source-root ',
  '--isolation ',
  '--run-image ',
  '--stack ',
  '--debian-mirror ',
];

export const lock: CommandDefinition = {
  name: 'lock',
  summary: 'Resolve what floats, and write it down for all builds to come',
  description: [
    'Versions of Node, npm and Go, the packages or the digest of the base, and the buildpacks are resolved newly and written to tsbuildpack.lock beside project.toml. A build of a folder that has one uses exactly these, or fails. It is meant to be committed, and stays out of the image.',
  ],
  arguments: [{ name: '[DIR]', description: 'The application (default: the current directory)' }],
  options: [
    {
      flags: '--platform <os/arch>',
      description: 'Lock for this platform; repeated: for several, with one version of every tool for all',
      repeatable: true,
      default: 'linux and the architecture of this machine',
    },
    // The options that decide about what is resolved, as `build` has them.
    ...build.options.filter(({ flags }) => shared.some((name) => `${flags} `.includes(name))),
  ],
  examples: [
    { command: 'tsbuildpack lock ./app', what: 'for this machine' },
    {
      command: 'tsbuildpack lock ./app --platform linux/amd64 --platform linux/arm64',
      what: 'for two kinds of machines',
    },
  ],
  load: () => import('./lock.run.ts'),
};
