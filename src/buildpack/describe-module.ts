import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BuildEnvironment, ExecResult } from '../environment/build-environment.ts';
import { detectHost } from '../environment/detect-host.ts';
import { openEnvironment } from '../environment/open-environment.ts';
import { TsbuildpackError } from '../errors.ts';
import { removeTree } from '../fs/remove-tree.ts';
import { readableFor } from './module-files.ts';
import type { UnknownModule } from './module-run.ts';
import { prepareRun, readAnswer } from './module-run.ts';
import type { CheckedAnswer, DescribedModule } from './runner-answer.ts';
import { parseDescribed } from './runner-answer.ts';
import { withRunDirectory } from './run-files.ts';

/**
 * Asks a module what it is, in an environment for this question alone, which hides what can be hidden on this machine.
 * Throws BUILDPACK_INVALID when it is no buildpack.
 */
export async function describeModule(module: UnknownModule, signal?: AbortSignal): Promise<DescribedModule> {
  const dir = mkdtempSync(join(tmpdir(), 'tsbuildpack-describe-'));
  try {
    const environment = await openEnvironment(
      {
        isolation: 'auto',
        root: join(dir, 'environment'),
        store: join(dir, 'store'),
        target: await detectHost(),
        report: () => undefined,
        ...(signal && { signal }),
      },
      // Never /workspace and /layers themselves: another build may have them.
      { base: dir },
    );
    try {
      return definitionIn(await ask(module, environment), module.files.entry);
    } finally {
      await environment.close();
    }
  } finally {
    await removeTree(dir);
  }
}

interface Asked {
  readonly result: ExecResult;
  readonly answer: CheckedAnswer | undefined;
}

function ask(module: UnknownModule, environment: BuildEnvironment): Promise<Asked> {
  return withRunDirectory(environment, { id: 'module', phase: 'describe' }, async (dir) => {
    const result = await environment.exec(prepareRun('describe', module, { dir }), {
      env: { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: environment.paths.home.inside },
      cwd: dir.inside,
      readable: readableFor(module.files, module.runner),
    });
    return { result, answer: readAnswer(dir, environment) };
  });
}

function definitionIn({ result, answer }: Asked, entry: string): DescribedModule {
  if (answer?.ok === true && result.exitCode === 0) return parseDescribed(answer.definition, entry);
  const why = answer?.problem ?? `importing it ended with status ${result.exitCode}`;
  throw new TsbuildpackError('BUILDPACK_INVALID', `Cannot use buildpack "${entry}": ${why}`, {
    ...(result.stderr !== '' && { detail: result.stderr.trimEnd() }),
    hint: "It looks like this: export default defineBuildpack({ id: 'acme/hello', version: '1.0.0', detect, build })",
  });
}
