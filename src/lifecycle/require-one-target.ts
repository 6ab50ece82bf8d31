import { TsbuildpackError } from '../errors.ts';
import type { Image } from '../image/image.ts';
import type { CreateRequest } from './create-request.ts';

/** An image, and what a user calls it. */
export interface NamedImage {
  readonly name: string;
  readonly image: Pick<Image, 'config'>;
}

/**
 * Refuses to build in one image what is to run on another kind of one (TGT-16). Compared is what both images say of themselves; what one
 * of them leaves out fits everything, and no file is looked at: Debian's tools build well for an image without labels.
 * With `crossBuilds`, nothing of the build image gets into the result, and its processor and operating system may be others.
 * https://github.com/buildpacks/spec/blob/main/platform.md#target-data
 * Throws STACK_UNFIT.
 */
export function requireOneTarget(
  build: NamedImage,
  run: NamedImage,
  { crossBuilds = false }: { readonly crossBuilds?: boolean } = {},
): void {
  const buildTarget = saidTarget(build);
  const runTarget = saidTarget(run);
  const differing = [...buildTarget].filter(([what, { value, ofMachine }]) => {
    const other = runTarget.get(what)?.value;
    return value && other && value !== other && !(ofMachine && crossBuilds);
  });
  if (differing.length === 0) return;
  const words = differing.map(([what]) => what).join(', ');
  throw new TsbuildpackError(
    'STACK_UNFIT',
    `Cannot build in "${build.name}" for "${run.name}": they differ in ${words}`,
    {
      detail: [
        ...differing.map(([what, { value, where }]) => `build image: ${what} ${value} (${where})`),
        ...differing.map(([what, { where }]) => `run image: ${what} ${runTarget.get(what)?.value} (${where})`),
      ].join('\n'),
      hint: differing.some(([, { ofMachine }]) => ofMachine)
        ? 'Name images for one platform, and build where that platform runs; only built-in buildpacks build for another one'
        : 'Name a run image of the same distribution (--run-image) or another build image (--build-image, --builder). With --isolation real there is no build image: buildpacks run over this machine',
    },
  );
}

/** Whether everything that may take part builds for other machines than the one that it runs on: we know it of our own alone. */
export function buildsForOthers({ order, buildpacks }: Pick<CreateRequest, 'order' | 'buildpacks'>): boolean {
  const asked = [...order.flatMap(({ entries }) => entries.map(({ buildpack }) => buildpack)), ...buildpacks.values()];
  return asked.every(({ kind }) => kind === 'builtin');
}

interface Said {
  readonly value: string | undefined;
  /** Where in the image's configuration. */
  readonly where: string;
  readonly ofMachine: boolean;
}

function saidTarget({ image: { config } }: NamedImage): ReadonlyMap<string, Said> {
  const machine = (where: 'os' | 'architecture' | 'variant'): Said => ({
    value: config[where],
    where,
    ofMachine: true,
  });
  const label = (where: string): Said => ({ value: config.config?.Labels?.[where], where, ofMachine: false });
  return new Map([
    ['operating system', machine('os')],
    ['architecture', machine('architecture')],
    ['variant', machine('variant')],
    ['distribution', label('io.buildpacks.base.distro.name')],
    ['version of the distribution', label('io.buildpacks.base.distro.version')],
  ]);
}
