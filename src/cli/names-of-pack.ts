type Names = Readonly<Record<string, string>>;

const byCommand: Readonly<Record<string, Names>> = {
  build: {
    '--path': 'name the directory alone: tsbuildpack build DIR --tag NAME',
    '-p': 'name the directory alone: tsbuildpack build DIR --tag NAME',
    '--publish': '--push',
    '-B': '--builder',
    '--default-process': '--process',
    '-D': '--process',
    '--cache': '--cache-dir or --cache-image',
    '--report-output-dir': '--report FILE.toml',
    '--pull-policy': '--refresh asks again for what may have changed, --resolved takes what another build took',
    '--creation-time': 'the variable SOURCE_DATE_EPOCH',
    '--extension': 'nothing: image extensions come in a builder',
    '--insecure-registry': 'the variable CNB_INSECURE_REGISTRIES',
    '--volume': '--binding for services; nothing else is mounted',
    '--trust-builder': 'nothing: credentials never reach buildpacks',
    '--trust-extra-buildpacks': 'nothing: credentials never reach buildpacks',
    '--docker-host': 'nothing: a build needs no Docker',
    '--userns-host': 'nothing: a build needs no Docker',
    '--lifecycle-image': 'nothing: the lifecycle is part of this program',
    '--workspace': 'nothing: it is always /workspace',
  },
  'buildpack package': {
    '--path': 'name the directory alone: tsbuildpack buildpack package DIR',
    '-p': 'name the directory alone: tsbuildpack buildpack package DIR',
    '--publish': '--output docker://HOST/NAME:TAG',
    '--format': '--output FILE.cnb, or another place',
    '-f': '--output FILE.cnb, or another place',
  },
  'buildpack new': {
    '--api': 'nothing: buildpack.toml that is written has the newest',
    '-a': 'nothing: buildpack.toml that is written has the newest',
    '--version': '--buildpack-version',
    '--targets': '[[targets]] in buildpack.toml',
  },
  'builder create': { '--publish': '--push' },
  rebase: {
    '--publish': 'nothing: an image goes back to where it was',
    '--pull-policy': 'nothing: the run image is always looked up',
  },
};

const commands: Names = {
  config: 'variables and configuration files: the settings in docs/cli.md',
  'inspect-image': 'inspect',
  'inspect-builder': 'builder inspect',
  'inspect-buildpack': 'buildpack inspect',
  'build-package': 'buildpack package',
  'create-builder': 'builder create',
  report: 'doctor',
};

/** What stands here for an option or a command of `pack`, the platform that many come from; for a usage error. */
export function nameHere(words: readonly string[], unknown: string): string | undefined {
  if (!unknown.startsWith('-')) return commands[unknown];
  const [first = '', second = ''] = words;
  return byCommand[`${first} ${second}`]?.[unknown] ?? byCommand[first]?.[unknown];
}
