import type { CommandDefinition } from '../command.ts';
import { stackOptions } from './stack-options.ts';

export const build: CommandDefinition = {
  name: 'build',
  summary: 'Make an image of source code',
  description: [
    'Finds the buildpacks that fit, runs them, and lays what they made over a run base image. Without --output the image goes to the store, where `run`, `inspect` and `copy` find it.',
    'Settings come from the flag, then the variable TSBUILDPACK_<NAME>, then [dev.tsbuildpack] in project.toml, then the configuration file, then the default.',
  ],
  arguments: [{ name: '[DIR]', description: 'The application (default: the current directory)' }],
  options: [
    {
      flags: '-t, --tag <name>',
      description: 'Name of the image (default: from project.toml, go.mod, package.json or the folder)',
      repeatable: true,
      setting: 'tag',
    },
    {
      flags: '-o, --output <place>',
      description:
        'Where to write the image: docker://HOST/NAME:TAG, oci:DIR[:TAG], oci-archive:FILE, docker-archive:FILE, docker-daemon:NAME, bundle:DIR, rootfs-archive:FILE, store:NAME',
      repeatable: true,
      default: 'the store',
      setting: 'output',
    },
    { flags: '--push', description: 'Write to the registry of every tag' },
    {
      flags: '-b, --buildpack <where>',
      description:
        'Use this buildpack: a directory, a module, an archive (.tgz, .cnb), an image (docker://…), an npm package (npm:NAME), the ID of one in the builder or of a built-in one; repeated: in this order; from=builder and from=builtin stand for all of those',
      repeatable: true,
    },
    { flags: '--pre-buildpack <where>', description: 'Put this buildpack in front of every group', repeatable: true },
    { flags: '--post-buildpack <where>', description: 'Put this buildpack behind every group', repeatable: true },
    {
      flags: '--builder <place>',
      description:
        'Build in this builder image with its buildpacks, for its run image: a registry reference or any place an image can be read from; none: without one',
      setting: 'builder',
    },
    {
      flags: '--no-extensions',
      description:
        'Leave out the image extensions of the builder, which may choose another run image; what Dockerfiles of theirs would change is refused',
    },
    {
      flags: '--run-image <place>',
      description: 'Stand on this image: a registry reference, stack:NAME or any place an image can be read from',
      setting: 'run-image',
    },
    {
      flags: '--stack <name>',
      description:
        'Stand on this stack: scratch, static, base, shell, one of stacks/ in DIR, or a directory with a stack.toml',
      setting: 'stack',
    },
    ...stackOptions,
    {
      flags: '--platform <os/arch>',
      description: 'Build for this platform',
      default: 'linux and the architecture of this machine',
      setting: 'platform',
    },
    {
      flags: '-e, --env <key[=value]>',
      description: 'A variable for the buildpacks; without a value: from the environment',
      repeatable: true,
    },
    { flags: '--env-file <file>', description: 'Variables for the buildpacks, KEY=VALUE a line', repeatable: true },
    { flags: '-d, --descriptor <file>', description: 'The project descriptor', default: 'project.toml in DIR' },
    {
      flags: '--source-root <dir>',
      description: 'What enters the build, when it is more than DIR',
      default: 'the ancestor that owns DIR (go.work, replace, workspaces), else DIR',
      setting: 'source-root',
    },
    {
      flags: '--isolation <way>',
      description: 'How buildpacks are kept apart from this machine',
      choices: ['auto', 'real', 'image', 'mapped'],
      default: 'auto; image with --build-image',
      setting: 'isolation',
    },
    {
      flags: '--build-image <place>',
      description: 'The image whose root file system --isolation image builds in, or stack:NAME',
      default: 'the build half of the stack, of base without one',
      setting: 'build-image',
    },
    {
      flags: '--network <kind>',
      description: 'What buildpacks have of the network of this machine: host or none',
      choices: ['host', 'none'],
      default: 'host',
      setting: 'network',
    },
    {
      flags: '--launcher <kind>',
      description: 'What starts the processes; none: the start command is resolved into the image configuration',
      choices: ['default', 'none'],
      default: 'default',
      setting: 'launcher',
    },
    { flags: '--process <type>', description: 'The process that the image starts by itself', setting: 'process' },
    {
      flags: '--exec-env <name>',
      description:
        'What the build is for: production, test, development; buildpacks and processes for others are left out',
      default: 'production',
      setting: 'exec-env',
    },
    { flags: '--label <key=value>', description: 'A label for the image', repeatable: true },
    {
      flags: '--compression <codec>',
      description: 'How layers are compressed',
      choices: ['gzip', 'none'],
      default: 'gzip',
      setting: 'compression',
    },
    {
      flags: '--cache-scope <name>',
      description: 'Whose caches to use',
      default: 'the repository of the first tag, else the path of DIR',
      setting: 'cache-scope',
    },
    {
      flags: '--binding <[name=]dir>',
      description: 'A service for the buildpacks: a directory with a file "type", or a directory of such directories',
      repeatable: true,
    },
    {
      flags: '--cache-dir <dir>',
      description:
        'Keep cached layers in this directory, in the form of the reference lifecycle, instead of in the store',
    },
    {
      flags: '--cache-image <place>',
      description: 'Keep cached layers in an image: a registry reference, oci:DIR or another place',
    },
    {
      flags: '--previous-image <place>',
      description: 'The image whose layers may be taken again',
      default: 'what the last build of this scope made',
    },
    { flags: '--skip-restore', description: 'Give nothing of the last build back to the buildpacks but store.toml' },
    { flags: '--clear-cache', description: 'Forget cached layers and the last build of this scope' },
    { flags: '--hostname <name>', description: 'Host name in a bundle that is written' },
    {
      flags: '--refresh',
      description:
        'Ask again what floats (versions, tags, packages of the base), whose answers count for a day otherwise',
    },
    { flags: '--resolved <file>', description: 'Use the inputs that the report of another build resolved' },
    {
      flags: '--report <file>',
      description:
        'Write what was resolved and made, as JSON; a name that ends in .toml: report.toml of the specification',
    },
    { flags: '--digest-file <file>', description: 'Write the digest of the image' },
  ],
  examples: [
    { command: 'tsbuildpack build ./app', what: 'into the store' },
    { command: 'tsbuildpack build ./app -t registry.example/team/app:1.0 --push', what: 'to a registry' },
    { command: 'tsbuildpack build ./app -o docker-archive:app.tar', what: 'for `docker load -i app.tar`' },
    { command: 'tsbuildpack build ./app -o bundle:app.bundle', what: 'for `runc run -b app.bundle app`' },
  ],
  load: () => import('./build.run.ts'),
};
