import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { BuiltinBuildContext } from '../../../src/buildpack/builtin.ts';

/** Text that bundlers and frameworks write. */
const text = /\.(?:[cm]?jsx?|json|map|html|css|txt|tsbuildinfo)$/;

/**
 * Frameworks write the folder that they build in into what they make (Next.js, Astro). Where that is not the folder of the image, it is
 * put in its place. Dependencies are left alone: what was installed is not for us to change. Returns how many files were changed.
 */
export function relocateOutput(context: Places): number {
  const { workspaceDir, inside } = context;
  const imageDir = imageWorkspace(context);
  return inside.workspaceDir === imageDir ? 0 : relocateIn(workspaceDir, inside.workspaceDir, imageDir);
}

type Places = Pick<BuiltinBuildContext, 'workspaceDir' | 'inside' | 'appDir' | 'appImageDir'>;

/** Where the workspace will be in the image: the application may be a folder in it. */
export function imageWorkspace({ appDir, workspaceDir, appImageDir }: Omit<Places, 'inside'>): string {
  const below = relative(workspaceDir, appDir);
  return below === '' ? appImageDir : appImageDir.slice(0, -below.length - 1);
}

function relocateIn(dir: string, from: string, to: string): number {
  let changed = 0;
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    if (entry.isDirectory() && entry.name !== 'node_modules') changed += relocateIn(path, from, to);
    if (!entry.isFile() || !text.test(entry.name)) continue;
    const bytes = readFileSync(path);
    if (!bytes.includes(from)) continue;
    // Byte by byte, so that nothing else of the file changes whatever its encoding.
    writeFileSync(path, bytes.toString('latin1').replaceAll(latin(from), latin(to)), 'latin1');
    changed += 1;
  }
  return changed;
}

function latin(path: string): string {
  return Buffer.from(path).toString('latin1');
}
