import type { CommandDefinition } from '../command.ts';
import { build } from './build.ts';

const shared = [
  '--buildpack',
  '--pre-buildpack',
  '--post-buildpack',
  '--builder',
  '--no-extensions',
  '--platform',
  '--env ',
  '--env-file',
  '--binding',
  '--exec-env',
  '--descriptor',
  '--source-root',
  '--isolation',
  '--build-image',
  '--network',
  '--run-image',
  '--stack',
  '--debian-mirror',
  '--stack-image',
];

export const detect: CommandDefinition = {
  name: 'detect',
  summary: 'Show which buildpacks fit, and why; build nothing',
  arguments: [{ name: '[DIR]', description: 'The application (default: the current directory)' }],
  options: [
    {
      flags: '--list',
      description: 'List the files that enter a build, and those that do not with the rule that keeps them out',
    },
    {
      flags: '--explain',
      description: 'Show every group that was tried, composites replaced, and why it was not taken',
    },
    // The options that decide about detection, as `build` has them.
    ...build.options.filter(({ flags }) => shared.some((name) => `${flags} `.includes(name))),
  ],
  examples: [
    { command: 'tsbuildpack detect ./app', what: 'the group, the plan and the reason of every buildpack' },
    { command: 'tsbuildpack detect --explain ./app', what: 'every group that was tried, and what failed in it' },
    { command: 'tsbuildpack detect --list ./app', what: 'what enters the build' },
  ],
  load: () => import('./detect.run.ts'),
};
