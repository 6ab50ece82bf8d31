import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { NodeProject } from '../../../buildpacks/node/find-project.ts';
import { findProject } from '../../../buildpacks/node/find-project.ts';
import { temporaryDirectory } from '../../temporary-directory.ts';

/** Files of a folder, by path; what is no text is written as JSON. */
export type Files = Readonly<Record<string, string | object>>;

export function writeFiles(files: Files, dir: string = temporaryDirectory('node-project')): string {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), typeof content === 'string' ? content : JSON.stringify(content, null, 2));
  }
  return dir;
}

/** The project in these files, whose application is at `appPath`. */
export function projectIn(files: Files, appPath = '.'): NodeProject {
  const workspaceDir = writeFiles(files);
  const project = findProject({ appDir: join(workspaceDir, appPath), workspaceDir });
  if (project === undefined) throw new Error('There is no project');
  return project;
}

/** A repository of git with these files. */
export function repositoryOf(files: Files): string {
  const cwd = writeFiles(files);
  for (const args of [
    ['init', '-q'],
    ['add', '.'],
    ['commit', '-q', '-m', 'x'],
  ]) {
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], { cwd });
  }
  return cwd;
}
