import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Analyzed, AnalyzedTarget } from '../../cnb/analyzed.ts';
import type { EnvFile } from '../../cnb/env-modification.ts';
import { givenEnvironment } from '../../environment/given-environment.ts';
import type { BuildEnvironment } from '../../environment/build-environment.ts';
import { parseOsRelease, type ImageTarget } from '../../stack/target-facts.ts';
import type { Store } from '../../store/store.ts';
import type { Surroundings } from '../build-options.ts';
import type { PhaseImages } from './phase-images.ts';
import type { PhaseInputs } from './phase-inputs.ts';
import { readOperatorEnv, readPlatformEnv } from './read-documents.ts';

/** What every phase has at hand. */
export interface PhaseContext {
  readonly inputs: PhaseInputs;
  readonly surroundings: Surroundings;
}

/** What the phases that know images have besides. */
export interface ConnectedContext extends PhaseContext {
  readonly store: Store;
  readonly images: PhaseImages;
}

/** The directories that the platform named, opened for one phase. */
export async function inGivenDirectories<T>(
  { inputs, surroundings }: PhaseContext,
  target: ImageTarget,
  work: (environment: BuildEnvironment) => Promise<T>,
): Promise<T> {
  const environment = await givenEnvironment(
    {
      app: inputs.text('app'),
      layers: inputs.text('layers'),
      platform: inputs.text('platform'),
      buildpacks: inputs.text('buildpacks'),
      home: surroundings.env['HOME'] ?? '/',
    },
    { target, signal: surroundings.signal },
  );
  try {
    return await work(environment);
  } finally {
    await environment.close();
  }
}

/** The variables that buildpacks get beside those of the container. */
export function givenVariables(inputs: PhaseInputs): {
  readonly env: Readonly<Record<string, string>>;
  readonly operatorEnv: readonly EnvFile[];
} {
  return {
    env: readPlatformEnv(inputs.text('platform')),
    operatorEnv: readOperatorEnv(inputs.text('build-config')),
  };
}

/** What the run image is for; what nobody said is taken from the build image around us (TGT-04). */
export function targetOf({ runImage }: Analyzed): ImageTarget {
  const known: AnalyzedTarget = runImage?.target ?? {};
  const { os = 'linux', arch = goArchitecture(), variant, distroName, distroVersion } = known;
  const distro = distroName || distroVersion ? { distroName, distroVersion } : buildImageDistro();
  return {
    os: os || 'linux',
    arch: arch || goArchitecture(),
    ...(variant && { variant }),
    ...(distro.distroName && { distroName: distro.distroName }),
    ...(distro.distroVersion && { distroVersion: distro.distroVersion }),
  };
}

function goArchitecture(): string {
  return process.arch === 'x64' ? 'amd64' : process.arch;
}

function buildImageDistro(): { readonly distroName?: string | undefined; readonly distroVersion?: string | undefined } {
  if (!existsSync('/etc/os-release')) return {};
  const release = parseOsRelease(readFileSync('/etc/os-release', 'utf8'));
  return { distroName: release.get('ID'), distroVersion: release.get('VERSION_ID') };
}

/** Writes a document for the next phase. */
export function writeDocument(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
