import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Manifest } from '../../../buildpacks/node/package-file.ts';
import { readPackageFile } from '../../../buildpacks/node/package-file.ts';
import { temporaryDirectory } from '../../temporary-directory.ts';

/** The manifest of a package.json with these fields. */
export function manifestOf(fields: object): Manifest {
  const dir = temporaryDirectory('manifest');
  writeFileSync(join(dir, 'package.json'), JSON.stringify(fields));
  const file = readPackageFile(dir);
  rmSync(dir, { recursive: true });
  if (file === undefined) throw new Error('It was just written');
  return file.manifest;
}
