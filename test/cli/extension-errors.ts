import type { ErrorCode } from '../../src/errors.ts';
import type { CliResult } from './cli-rig.ts';

export interface ErrorCase {
  readonly code: ErrorCode;
  /** What goes wrong. */
  readonly when: string;
  readonly run: () => Promise<CliResult>;
}

/** What can go wrong with image extensions, by the body of a bin/generate. */
export function extensionErrors(build: (name: string, generate: string) => Promise<CliResult>): readonly ErrorCase[] {
  return [
    {
      code: 'EXTENSION_FAILED',
      when: 'an image extension that breaks',
      run: () => build('breaks', 'echo it broke; exit 7'),
    },
    {
      code: 'GENERATE_FAILED',
      when: 'an image extension with two kinds of contexts',
      run: () => build('contexts', 'mkdir "$1/context" "$1/context.run"'),
    },
    {
      code: 'DOCKERFILE_INVALID',
      when: 'a run.Dockerfile that is none',
      run: () => build('no-dockerfile', `printf 'FROM x\\nINSTALL y\\n' >"$1/run.Dockerfile"`),
    },
    {
      code: 'DOCKERFILES_UNSUPPORTED',
      when: 'a run.Dockerfile that changes the run image',
      run: () => build('instructions', `printf 'FROM x\\nRUN apt-get update\\n' >"$1/run.Dockerfile"`),
    },
  ];
}
