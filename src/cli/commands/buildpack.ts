import type { CommandDefinition } from '../command.ts';

export const buildpackNew: CommandDefinition = {
  name: 'buildpack new',
  summary: 'Write a buildpack to start from',
  description: ['It works as it is: it passes for every application and puts a file into the image.'],
  arguments: [{ name: '<ID>', description: 'The ID of the buildpack, for example acme/hello' }],
  options: [
    { flags: '--path <dir>', description: 'Where to write it', default: 'the last part of the ID' },
    {
      flags: '--type <kind>',
      description: 'bash: bin/detect and bin/build; module: TypeScript',
      choices: ['bash', 'module'],
      default: 'bash',
    },
    { flags: '--buildpack-version <version>', description: 'The version of the buildpack', default: '0.0.1' },
  ],
  examples: [
    { command: 'tsbuildpack buildpack new acme/hello', what: 'in ./hello' },
    { command: 'tsbuildpack buildpack new acme/hello --type module', what: 'the same in TypeScript' },
  ],
  load: () => import('./buildpack-new.run.ts'),
};

export const buildpackPackage: CommandDefinition = {
  name: 'buildpack package',
  summary: 'Pack a buildpack into a buildpackage',
  description: [
    'A buildpackage is an image with one or more buildpacks, in a registry, a layout or a file that ends in .cnb. Other tools for Cloud Native Buildpacks take it too.',
    'package.toml names the buildpack and those that it needs; a composite buildpack needs all that its order names.',
  ],
  arguments: [{ name: '[DIR]', description: 'The buildpack (default: the current directory)' }],
  options: [
    {
      flags: '-o, --output <place>',
      description: 'Where to write it: FILE.cnb, docker://HOST/NAME:TAG, oci:DIR[:TAG], store:NAME',
      repeatable: true,
    },
    { flags: '-c, --config <file>', description: 'package.toml', default: 'the one in DIR, if there is one' },
    {
      flags: '--target <os/arch>',
      description: 'A platform to package it for',
      repeatable: true,
      default: 'those of package.toml, else of buildpack.toml, else linux/amd64',
    },
    { flags: '--flatten', description: 'Put all buildpacks into one layer' },
    { flags: '--label <key=value>', description: 'A label for the image', repeatable: true },
  ],
  examples: [
    { command: 'tsbuildpack buildpack package ./hello -o hello.cnb', what: 'a file' },
    { command: 'tsbuildpack buildpack package -o docker://registry.example/hello:1.0', what: 'into a registry' },
  ],
  load: () => import('./buildpack-package.run.ts'),
};

export const buildpackInspect: CommandDefinition = {
  name: 'buildpack inspect',
  summary: 'Show what a buildpack or buildpackage is',
  arguments: [
    {
      name: '<BUILDPACK>',
      description:
        'A directory, an archive, a buildpackage (file or image), an npm package (npm:NAME) or a built-in ID',
    },
  ],
  options: [{ flags: '--platform <os/arch>', description: 'Which package of several', default: 'this machine’s' }],
  examples: [
    { command: 'tsbuildpack buildpack inspect hello.cnb', what: 'what is in the file' },
    { command: 'tsbuildpack buildpack inspect docker://registry.example/hello:1.0 --json', what: 'the same as data' },
  ],
  load: () => import('./buildpack-inspect.run.ts'),
};
