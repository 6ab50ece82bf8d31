import type { BuildFailure } from 'esbuild';
import { TsbuildpackError } from '../errors.ts';

/**
 * Bundles a buildpack in TypeScript with all that it imports into one module. The compiler is loaded only here: nobody else needs it.
 * Throws BUILDPACK_INVALID with the compiler's messages.
 */
export async function compileModule(entry: string, api: string): Promise<string> {
  const { build } = await import('esbuild');
  try {
    const { outputFiles } = await build({
      entryPoints: [entry],
      bundle: true,
      write: false,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      sourcemap: 'inline',
      sourcesContent: false,
      alias: { 'tsbuildpack/buildpack': api },
      // Bundled CommonJS packages call require() for node's own modules.
      banner: {
        js: `import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);`,
      },
      logLevel: 'silent',
    });
    return outputFiles[0]?.text ?? '';
  } catch (error) {
    throw new TsbuildpackError('BUILDPACK_INVALID', `Cannot compile buildpack "${entry}"`, {
      detail: messages(error),
      cause: error,
    });
  }
}

function messages(error: unknown): string {
  if (!isBuildFailure(error)) return error instanceof Error ? error.message : String(error);
  return error.errors
    .map(({ text, location }) =>
      location === null ? text : `${location.file}:${location.line}:${location.column}: ${text}`,
    )
    .join('\n');
}

function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && 'errors' in error && Array.isArray(error.errors);
}
