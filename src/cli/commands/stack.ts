import type { CommandDefinition, OptionDefinition } from '../command.ts';
import { stackOptions } from './stack-options.ts';

const stackArgument = {
  name: '<STACK>',
  description: 'A built-in stack, one of stacks/ in the current directory, or a directory with a stack.toml',
};

const platform: OptionDefinition = {
  flags: '--platform <os/arch>',
  description: 'For this platform',
  default: 'linux and the architecture of this machine',
  setting: 'platform',
};

export const stackList: CommandDefinition = {
  name: 'stack list',
  summary: 'List the stacks that can be named here',
  arguments: [],
  options: [],
  examples: [
    { command: 'tsbuildpack stack list', what: 'the built-in ones, and those of stacks/ in the current directory' },
  ],
  load: () => import('./stack-list.run.ts'),
};

export const stackBuild: CommandDefinition = {
  name: 'stack build',
  summary: 'Make the run image and the build image of a stack',
  description: [
    'Of the packages that there are now; later builds take the same for a day. With --output they are written too: each half and architecture under a name of its own, `docker://HOST/NAME:run-amd64`, `oci:DIR:build-amd64`, `base-run-amd64.tar` for `oci-archive:base.tar`; a tag stays in front (`1.0-run-amd64`). Machines without packages take them from there: --stack-image STACK=PLACE.',
  ],
  arguments: [stackArgument],
  options: [
    { flags: '-o, --output <place>', description: 'Where to write the images, as in build', repeatable: true },
    { flags: '--half <half>', description: 'Only this one', choices: ['run', 'build'], default: 'both' },
    platform,
    ...stackOptions,
  ],
  examples: [
    {
      command: 'tsbuildpack stack build base -o docker://registry.example/stacks/base',
      what: 'for machines that have no packages',
    },
    { command: 'tsbuildpack stack build ./stacks/python --half run', what: 'see whether it can be made' },
  ],
  load: () => import('./stack-build.run.ts'),
};

export const stackInspect: CommandDefinition = {
  name: 'stack inspect',
  summary: 'Show what a stack is made of',
  description: ['Sizes, packages with their versions, users, and which state of the archive they come from.'],
  arguments: [stackArgument],
  options: [
    { flags: '--half <half>', description: 'Which image', choices: ['run', 'build'], default: 'run' },
    platform,
    ...stackOptions,
  ],
  examples: [
    { command: 'tsbuildpack stack inspect base', what: 'its run image' },
    { command: 'tsbuildpack stack inspect base --half build --json', what: 'its build image, as data' },
  ],
  load: () => import('./stack-inspect.run.ts'),
};

export const stackUpdate: CommandDefinition = {
  name: 'stack update',
  summary: 'Show which packages of a stack have newer versions',
  description: [
    'Compares what this machine last made with what its package sources have now. Builds look once a day by themselves; --apply makes the images now, and `rebase` puts applications on them.',
  ],
  arguments: [{ name: '[STACK]', description: 'One stack (default: all that were made here)' }],
  options: [{ flags: '--apply', description: 'Make the images with the newer packages' }, platform, ...stackOptions],
  examples: [
    { command: 'tsbuildpack stack update', what: 'what would change, by package and version' },
    { command: 'tsbuildpack stack update base --apply', what: 'after a security update' },
  ],
  load: () => import('./stack-update.run.ts'),
};
