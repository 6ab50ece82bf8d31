import { atLeast, currentPlatformApi, type ApiVersion } from '../cnb/api-version.ts';
import {
  formatLifecycleMetadata,
  lifecycleMetadataLabel,
  parseLifecycleMetadata,
  type LifecycleMetadata,
} from '../cnb/lifecycle-metadata.ts';
import { TsbuildpackError } from '../errors.ts';
import type { Report } from '../events.ts';
import { editImage } from '../image/edit-image.ts';
import type { Image } from '../image/image.ts';
import { isKnownBase, rebaseProblems } from './rebase-rules.ts';

export interface NewBase {
  readonly image: Image;
  /** Without digest, as it goes into the label. */
  readonly name: string;
  /** With its digest. */
  readonly reference: string;
  /** Other names of the same run image, as the label has them. */
  readonly mirrors: readonly string[];
}

export interface RebaseOptions {
  /** Rebase although a rule speaks against it. */
  readonly force: boolean;
  /** Of whoever rebases. @default the current one */
  readonly platformApi?: ApiVersion;
  readonly report: Report;
}

/**
 * The same application on another version of its run image — https://github.com/buildpacks/spec/blob/main/platform.md#rebaser:
 * the layers up to `runImage.topLayer` are replaced, labels of the base are the new base's, everything else stays. No layer is
 * read. Throws REBASE_FAILED.
 */
export function rebase(app: Image, base: NewBase, options: RebaseOptions): Image {
  const { force, report, platformApi = currentPlatformApi } = options;
  const labels = app.config.config?.Labels ?? {};
  const metadata = parseLifecycleMetadata(labels[lifecycleMetadataLabel]);
  if (metadata === undefined) {
    throw new TsbuildpackError('REBASE_FAILED', 'Cannot rebase the image: it was not made by buildpacks', {
      hint: 'It has no label io.buildpacks.lifecycle.metadata that says where its run image ends; build it again instead',
    });
  }
  const above = layersAbove(app, metadata.runImage.topLayer);
  const problems = rebaseProblems(app, base, metadata);
  if (problems.length > 0 && !force) {
    throw new TsbuildpackError('REBASE_FAILED', `Cannot rebase on "${base.name}": it may not fit the application`, {
      detail: problems.join('\n'),
      hint: 'Build the application again on this run image, or rebase with --force',
    });
  }
  for (const problem of problems) report({ type: 'warning', message: `Rebasing although ${problem}` });
  return editImage(base.image, {
    // A rebase has no date of its own either: RBS-13.
    created: '1980-01-01T00:00:01Z',
    layers: above,
    config: () => ({ ...app.config.config, Labels: rebasedLabels(labels, { base, metadata, platformApi }) }),
  });
}

/** The layers that the application brought, with what its history says of them. */
function layersAbove(app: Image, topLayer: string): readonly { layer: Image['layers'][number]; createdBy: string }[] {
  const top = topLayer === '' ? -1 : app.layers.findIndex(({ diffId }) => diffId === topLayer);
  if (top < 0 && topLayer !== '') {
    throw new TsbuildpackError(
      'REBASE_FAILED',
      `Cannot rebase the image: its run image ends with layer ${topLayer}, which it does not have`,
    );
  }
  const history = (app.config.history ?? []).filter((entry) => entry.empty_layer !== true);
  const known = history.length === app.layers.length;
  return app.layers
    .map((layer, index) => ({ layer, createdBy: (known ? history[index]?.created_by : undefined) ?? '' }))
    .slice(top + 1);
}

/** Labels about the base come from the new one (RBS-10), the label about layers is told where it ends (RBS-09). */
function rebasedLabels(
  labels: Readonly<Record<string, string>>,
  {
    base,
    metadata,
    platformApi,
  }: { readonly base: NewBase; readonly metadata: LifecycleMetadata; readonly platformApi: ApiVersion },
): Record<string, string> {
  // Targets, and names of the run image beside its reference, are there since Platform API 0.12.
  const knowsTargets = atLeast(platformApi, '0.12');
  const isOfBase = ([key]: readonly [string, string]): boolean =>
    key.startsWith('io.buildpacks.stack.') || (knowsTargets && key.startsWith('io.buildpacks.base.'));
  const ofBase = Object.entries(base.image.config.config?.Labels ?? {}).filter(isOfBase);
  const ofApp = Object.entries(labels).filter((label) => !isOfBase(label));
  const names = { image: base.name, ...(base.mirrors.length > 0 && { mirrors: base.mirrors }) };
  const place = { topLayer: base.image.layers.at(-1)?.diffId ?? '', reference: base.reference };
  const isRenamed = knowsTargets && !isKnownBase(base, metadata);
  const runImage = isRenamed ? { ...place, ...names } : { ...metadata.runImage, ...place };
  const stack = isRenamed ? { runImage: names } : metadata.stack;
  return {
    ...Object.fromEntries([...ofApp, ...ofBase]),
    [lifecycleMetadataLabel]: formatLifecycleMetadata({ ...metadata, runImage, stack }, { isNew: false }),
  };
}
