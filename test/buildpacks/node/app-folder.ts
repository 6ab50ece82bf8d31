import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { NodeProject } from '../../../buildpacks/node/find-project.ts';
import { findProject } from '../../../buildpacks/node/find-project.ts';
import { temporaryDirectory } from '../../temporary-directory.ts';

/** Files by path: text, an object for JSON, or `-> target` for a link. */
export type AppFiles = Readonly<Record<string, string | object>>;

/** A folder with these files, removed when the test ends. */
export function appFolder(files: AppFiles): string {
  const dir = realpathSync(temporaryDirectory('node-app'));
  for (const [path, content] of Object.entries(files)) {
    const file = join(dir, path);
    mkdirSync(dirname(file), { recursive: true });
    if (typeof content === 'string' && content.startsWith('-> ')) symlinkSync(content.slice(3), file);
    else writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content, undefined, 2));
  }
  return dir;
}

export function projectIn(dir: string, appPath = '.'): NodeProject {
  const project = findProject({ appDir: join(dir, appPath), workspaceDir: dir });
  if (project === undefined) throw new Error(`No project in ${dir}`);
  return project;
}
