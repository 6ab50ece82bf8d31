import type { CommandDefinition } from '../command.ts';

export const builderCreate: CommandDefinition = {
  name: 'builder create',
  summary: 'Make a builder image of a build image and buildpacks',
  description: [
    'builder.toml says which: see docs/builders.md. Without --output the builder goes to the store, where `build --builder` finds it.',
  ],
  arguments: [{ name: '<NAME>', description: 'Name of the builder image' }],
  options: [
    { flags: '-c, --config <file>', description: 'The configuration', default: 'builder.toml' },
    {
      flags: '-o, --output <place>',
      description:
        'Where to write it: docker://HOST/NAME:TAG, oci:DIR[:TAG], oci-archive:FILE, docker-daemon:NAME, store:NAME',
      repeatable: true,
      default: 'the store',
    },
    { flags: '--push', description: 'Write it to the registry of its name' },
    {
      flags: '--platform <os/arch>',
      description: 'A platform to make it for',
      repeatable: true,
      default: 'linux and the architecture of this machine',
    },
    { flags: '--flatten', description: 'Put all buildpacks into one layer' },
  ],
  examples: [
    { command: 'tsbuildpack builder create acme/builder', what: 'of ./builder.toml, into the store' },
    { command: 'tsbuildpack builder create registry.example/builder:1.0 --push', what: 'into a registry' },
  ],
  load: () => import('./builder-create.run.ts'),
};

export const builderInspect: CommandDefinition = {
  name: 'builder inspect',
  summary: 'Show what is in a builder image',
  arguments: [
    {
      name: '<BUILDER>',
      description:
        'A registry reference, oci:DIR, oci-archive:FILE, docker-archive:FILE, docker-daemon:NAME or store:NAME',
    },
  ],
  options: [{ flags: '--platform <os/arch>', description: 'Which image of several', default: 'this machine’s' }],
  examples: [
    { command: 'tsbuildpack builder inspect acme/builder', what: 'buildpacks, order, run images, lifecycle' },
    { command: 'tsbuildpack builder inspect acme/builder --json', what: 'the same as data' },
  ],
  load: () => import('./builder-inspect.run.ts'),
};
