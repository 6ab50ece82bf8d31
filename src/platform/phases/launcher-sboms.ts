import { copyFileSync, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { atLeast } from '../../cnb/api-version.ts';
import type { Report } from '../../events.ts';
import type { PhaseInputs } from './phase-inputs.ts';

const extensions = ['sbom.cdx.json', 'sbom.spdx.json', 'sbom.syft.json'];

/**
 * SBOM files of a launcher that the platform brings, since Platform API 0.11 (SBM-10): those of -launcher-sbom, else those beside the launcher,
 * with those of its lifecycle. Our own launcher has none: it is made of nothing but its source.
 */
export function copyLauncherSboms(inputs: PhaseInputs, report: Report): void {
  if (!atLeast(inputs.platformApi, '0.11')) return;
  const sbom = join(inputs.text('layers'), 'sbom');
  const ofLauncher = join(sbom, 'launch', 'buildpacksio_lifecycle', 'launcher');
  const [named, launcher] = [inputs.text('launcher-sbom'), inputs.text('launcher')];
  if (launcher !== '') {
    copyBeside(dirname(launcher), 'lifecycle', { to: join(sbom, 'build', 'buildpacksio_lifecycle'), report });
    if (named === '') copyBeside(dirname(launcher), 'launcher', { to: ofLauncher, report });
  }
  if (named !== '') copyAll(named, ofLauncher);
}

function copyBeside(
  from: string,
  component: 'launcher' | 'lifecycle',
  { to, report }: { readonly to: string; readonly report: Report },
): void {
  for (const extension of extensions) {
    const file = join(from, `${component}.${extension}`);
    if (existsSync(file)) {
      mkdirSync(to, { recursive: true });
      copyFileSync(file, join(to, extension));
    } else report({ type: 'warning', message: `Did not find SBOM ${component}.${extension} in "${from}"` });
  }
}

function copyAll(from: string, to: string): void {
  const names = readdirSync(from).filter((name) => extensions.some((extension) => name.endsWith(extension)));
  mkdirSync(to, { recursive: true });
  for (const name of names) if (statSync(join(from, name)).isFile()) copyFileSync(join(from, name), join(to, name));
}
