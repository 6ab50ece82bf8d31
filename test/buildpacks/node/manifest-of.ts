import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Manifest } from '../../../buildpacks/node/package-file.ts';
import { readPackageFile } from '../../../buildpacks/node/package-file.ts';

/** The manifest of a package.json with these fields. */
export function manifestOf(fields: object): Manifest {
  const dir = mkdtempSync(join(tmpdir(), 'manifest-'));
  writeFileSync(join(dir, 'package.json'), JSON.stringify(fields));
  const file = readPackageFile(dir);
  rmSync(dir, { recursive: true });
  if (file === undefined) throw new Error('It was just written');
  return file.manifest;
}
