import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseAnalyzed, type Analyzed } from '../../cnb/analyzed.ts';
import { requireBuildpackApi } from '../../cnb/api-version.ts';
import type { EnvFile } from '../../cnb/env-modification.ts';
import { parseGroup, type GroupDocument } from '../../cnb/group.ts';
import { parsePlan, type ResolvedPlan } from '../../cnb/plan.ts';
import { TsbuildpackError, type ErrorCode } from '../../errors.ts';
import type { Report } from '../../events.ts';
import { systemErrorCode } from '../../fs/system-error.ts';
import { failingWith, generalStatus } from './phase-error.ts';

/** The content of a file that has to be there. */
export function readDocument<T>(file: string, parse: (text: Uint8Array, file: string) => T, code: ErrorCode): T {
  return parse(readInput(file, code), file);
}

function readInput(file: string, code: ErrorCode): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    const why = systemErrorCode(error) === 'ENOENT' ? 'it does not exist' : (systemErrorCode(error) ?? 'unknown error');
    throw new TsbuildpackError(code, `Cannot read "${file}": ${why}`, { cause: error });
  }
}

/** The group that detection chose, with the APIs of its buildpacks checked again (VER-08, BLD-18). */
export async function readGroup(file: string): Promise<GroupDocument> {
  const document = await failingWith(generalStatus.failed, () => readDocument(file, parseGroup, 'BUILD_FAILED'));
  for (const { id, version, api } of document.group) requireBuildpackApi(api, `${id}@${version}`);
  return document;
}

export async function readPlan(file: string): Promise<ResolvedPlan> {
  return await failingWith(generalStatus.failed, () => readDocument(file, parsePlan, 'BUILD_FAILED'));
}

/** Nothing known where there is no such file (FIL-05). */
export async function readAnalyzed(
  file: string,
  report: Report,
  status: number = generalStatus.failed,
): Promise<Analyzed> {
  if (!existsSync(file)) {
    report({ type: 'warning', message: `No analyzed metadata found at "${file}"` });
    return { previousImage: '' };
  }
  return await failingWith(status, () => readDocument(file, parseAnalyzed, 'ANALYZE_FAILED'));
}

/** The user's variables: every file of `<platform>/env`, its content as it is (ENV-18, ENV-20). Throws INVALID_INPUT. */
export function readPlatformEnv(platform: string): Readonly<Record<string, string>> {
  const dir = join(platform, 'env');
  return Object.fromEntries(envFilesIn(dir).map(({ name, content }) => [name, content]));
}

/** The operator's: `<build-config>/env` (ENV-23). */
export function readOperatorEnv(buildConfig: string): readonly EnvFile[] {
  return buildConfig === '' ? [] : envFilesIn(join(buildConfig, 'env'));
}

function envFilesIn(dir: string): readonly EnvFile[] {
  try {
    return readdirSync(dir)
      .toSorted()
      .map((name) => ({ name, path: join(dir, name) }))
      .filter(({ path }) => !statSync(path).isDirectory())
      .map(({ name, path }) => ({ name, content: readFileSync(path, 'utf8') }));
  } catch (error) {
    const code = systemErrorCode(error);
    if ((code === 'ENOENT' || code === 'ENOTDIR') && !existsSync(dir)) return [];
    const path = error instanceof Error && 'path' in error ? String(error.path) : dir;
    throw new TsbuildpackError('INVALID_INPUT', `Cannot read variables from "${path}": ${code ?? 'unknown error'}`, {
      cause: error,
    });
  }
}
