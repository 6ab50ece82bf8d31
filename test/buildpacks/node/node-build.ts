import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { nodeBuildpack } from '../../../buildpacks/node/index.ts';
import type { BuildResult } from '../../../src/buildpack/api.ts';
import type { ContextOptions, TestContext } from '../builtin-context.ts';
import { lines, testContext } from '../builtin-context.ts';
import { sharedDirectory, temporaryDirectory } from '../../temporary-directory.ts';

/** One for all builds of a test file: Node and npm are fetched once. */
export const toolchains: string = sharedDirectory('node-toolchains');

export interface NodeBuild extends TestContext {
  readonly result: BuildResult;
  readonly output: string;
  /** Path of a file of the workspace. */
  readonly at: (path: string) => string;
  readonly read: (path: string) => string;
  readonly has: (path: string) => boolean;
}

export interface NodeBuildOptions extends Omit<ContextOptions, 'files'> {
  readonly files: Readonly<Record<string, string | object | Uint8Array>>;
  /** Of the user. */
  readonly npmrc?: string;
}

/** Builds a Node application as `mapped` has it, with the real Node and npm of the registry that this machine is set up for. */
export async function buildNode({ files, npmrc, ...options }: NodeBuildOptions): Promise<NodeBuild> {
  const buildpack = nodeBuildpack('0.0.0');
  const home = temporaryDirectory('node-home');
  const users = join(homedir(), '.npmrc');
  const base = existsSync(users) ? readFileSync(users, 'utf8') : '';
  writeFileSync(join(home, '.npmrc'), `${base}\n${npmrc ?? ''}\n`);
  const certificates = process.env['SSL_CERT_FILE'];
  const made = await testContext(buildpack, {
    files: Object.fromEntries(
      Object.entries(files).map(([path, content]) => [
        path,
        typeof content === 'string' || content instanceof Uint8Array
          ? content
          : `${JSON.stringify(content, null, 2)}\n`,
      ]),
    ),
    toolchains,
    ...options,
    hostEnv: { HOME: home, ...(certificates !== undefined && { SSL_CERT_FILE: certificates }), ...options.hostEnv },
  });
  const result = await buildpack.build(made.context);
  const at = (path: string): string => join(made.context.workspaceDir, path);
  return {
    ...made,
    result,
    output: lines(made.events),
    at,
    read: (path) => readFileSync(at(path), 'utf8'),
    has: (path) => existsSync(at(path)),
  };
}
