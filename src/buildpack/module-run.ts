import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BuildpackDescriptor } from '../cnb/buildpack-descriptor.ts';
import type { BuildEnvironment, PathPair } from '../environment/build-environment.ts';
import { childFiles } from './child-files.ts';
import type { ModuleFiles, ReadyModule, RunnerFiles } from './module-files.ts';
import type { CheckedAnswer } from './runner-answer.ts';
import { parseAnswer } from './runner-answer.ts';
import type { RunnerContext, RunnerRequest, RunnerVerb } from './runner-protocol.ts';

/** A module before it was asked what it is. */
export interface UnknownModule {
  readonly files: ModuleFiles;
  readonly ready: ReadyModule;
  readonly runner: RunnerFiles;
}

export interface KnownModule extends UnknownModule {
  readonly descriptor: BuildpackDescriptor;
}

const answerFile = 'answer.json';

export interface Preparation {
  /** The run directory. */
  readonly dir: PathPair;
  readonly run?: RunnerContext;
}

/** Writes what the runner needs to its run directory and gives its command line. */
export function prepareRun(
  verb: RunnerVerb,
  { ready, runner }: UnknownModule,
  { dir, run }: Preparation,
): readonly string[] {
  if ('code' in ready) writeFileSync(join(dir.host, 'module.mjs'), ready.code);
  const request: RunnerRequest = {
    module: 'code' in ready ? `${dir.inside}/module.mjs` : ready.file,
    api: runner.api,
    answer: `${dir.inside}/${answerFile}`,
    ...(run && { run }),
  };
  writeFileSync(join(dir.host, 'request.json'), JSON.stringify(request));
  return [process.execPath, '--enable-source-maps', runner.runner, verb, `${dir.inside}/request.json`];
}

/** What it answered; undefined when it ended before it could, or answered nonsense. */
export function readAnswer(dir: PathPair, { paths }: BuildEnvironment): CheckedAnswer | undefined {
  return parseAnswer(childFiles(paths).read(join(dir.host, answerFile)));
}
