import type { BuildEnvironment } from '../environment/build-environment.ts';
import { formatPlatform } from '../oci/platform.ts';
import type { RunImage } from '../stack/run-image.ts';
import type { BuildReport, CreateRequest } from './create-request.ts';
import type { Detected } from './detect.ts';
import type { Exported } from './export.ts';
import type { ResolvedInputs } from './resolve-inputs.ts';

interface ReportParts {
  readonly request: CreateRequest;
  readonly environment: BuildEnvironment;
  readonly detected: Detected;
  readonly inputs: ResolvedInputs;
  readonly exported: Exported;
  readonly runImage: RunImage;
  readonly timings: BuildReport['timings'];
}

/** What was resolved and made, for `--report` and the next build of the scope. */
export function createReport({
  request,
  environment,
  detected,
  inputs,
  exported,
  runImage,
  timings,
}: ReportParts): BuildReport {
  const { image, layers } = exported;
  return {
    version: 1,
    image: { name: request.name, digest: image.digest, manifestSizeBytes: image.manifestBytes.length },
    platform: formatPlatform(request.platform),
    outcome: 'built',
    isolation: `${environment.isolation} (${environment.mechanism})`,
    buildpacks: detected.group.map(({ descriptor: { id, version } }) => ({ id, version })),
    inputs: inputs.all(),
    layers: [
      ...runImage.image.layers.map(({ diffId, digest, sizeBytes }) => ({
        name: runImage.name,
        createdBy: runImage.reference,
        diffId,
        digest,
        sizeBytes,
        action: 'base' as const,
      })),
      ...layers.map(({ name, createdBy, action, layer: { diffId, digest, sizeBytes } }) => ({
        name,
        createdBy,
        diffId,
        digest,
        sizeBytes,
        action,
      })),
    ],
    timings,
  };
}
