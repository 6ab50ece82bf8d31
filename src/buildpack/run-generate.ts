import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { atLeast } from '../cnb/api-version.ts';
import type { BuildpackDescriptor } from '../cnb/buildpack-descriptor.ts';
import { writeBuildpackPlan } from '../cnb/buildpack-plan.ts';
import { TsbuildpackError } from '../errors.ts';
import { copyTree } from '../fs/copy-tree.ts';
import type { GeneratedDockerfile, GenerateRequest } from './buildpack.ts';
import { filesIn } from './child-files.ts';
import { couldNotStart } from './could-not-start.ts';
import { LastLines } from './detect-exit.ts';
import { readGenerated } from './read-generated.ts';
import { withRunDirectory } from './run-files.ts';

/** Where an extension is. */
export interface ExtensionPlace {
  /** On this machine. */
  readonly root: string;
  /** As its programs see it. */
  readonly dir: string;
}

/**
 * Runs the bin/generate of an extension and reads what it wrote —
 * https://github.com/buildpacks/spec/blob/main/image_extension.md#generation. Without a program `<extension>/generate` is what it would
 * write (EXT-07). Throws EXTENSION_FAILED, DOCKERFILE_INVALID, GENERATE_FAILED.
 */
export async function runGenerate(
  place: ExtensionPlace,
  descriptor: BuildpackDescriptor,
  request: GenerateRequest,
): Promise<readonly GeneratedDockerfile[]> {
  if (existsSync(join(place.root, 'bin', 'generate'))) await run(place, descriptor, request);
  else await takePrepared(place.root, request.output.host);
  return readGenerated(descriptor, request);
}

async function takePrepared(root: string, output: string): Promise<void> {
  const path = join(root, 'generate');
  const prepared = filesIn(root).resolve(path);
  if (prepared === undefined || !statSync(prepared).isDirectory()) return;
  for (const name of readdirSync(prepared)) await copyTree(join(prepared, name), join(output, name));
}

async function run(
  { dir }: ExtensionPlace,
  descriptor: BuildpackDescriptor,
  { environment, app, env, output, plan, report, signal }: GenerateRequest,
): Promise<void> {
  // A buildpack of the same id may have run, and no id has this character.
  await withRunDirectory(environment, { id: `~${descriptor.id}`, phase: 'generate' }, async (files) => {
    writeFileSync(join(files.host, 'plan.toml'), writeBuildpackPlan({ entries: plan }));
    const platformDir = environment.paths.platform.inside;
    const planFile = `${files.inside}/plan.toml`;
    const lines = new LastLines();
    const { network } = descriptor;
    const { exitCode } = await started(descriptor, () =>
      environment.exec([`${dir}/bin/generate`, output.inside, platformDir, planFile], {
        cwd: app.inside,
        ...(network && { network }),
        ...(signal && { signal }),
        env: {
          ...withoutExecEnv(env, descriptor),
          CNB_BP_PLAN_PATH: planFile,
          CNB_EXTENSION_DIR: dir,
          CNB_OUTPUT_DIR: output.inside,
          CNB_PLATFORM_DIR: platformDir,
        },
        onLine: (line, stream) => {
          lines.add(line);
          report({ type: 'output', source: descriptor.id, stream, line });
        },
      }),
    );
    if (exitCode !== 0) throw failed(descriptor, `it ended with status ${exitCode}`, lines.list());
  });
}

/** An extension is told of the execution environment when it detects, as the specification has it for the phases that it lists. */
function withoutExecEnv(env: GenerateRequest['env'], { api }: BuildpackDescriptor): GenerateRequest['env'] {
  if (!atLeast(api, '0.12')) return env;
  return Object.fromEntries(Object.entries(env).filter(([name]) => name !== 'CNB_EXEC_ENV'));
}

/** A program that cannot be started is its extension's failure. */
async function started<T>(descriptor: BuildpackDescriptor, start: () => Promise<T>): Promise<T> {
  try {
    return await start();
  } catch (error) {
    throw couldNotStart(error) ? failed(descriptor, error.message, []) : error;
  }
}

function failed({ id, version }: BuildpackDescriptor, problem: string, lines: readonly string[]): TsbuildpackError {
  const last = lines.slice(-10).join('\n').trim();
  return new TsbuildpackError('EXTENSION_FAILED', `Cannot generate with extension "${id}@${version}": ${problem}`, {
    ...(last !== '' && { detail: last }),
    hint: 'What it wrote above says why',
  });
}
