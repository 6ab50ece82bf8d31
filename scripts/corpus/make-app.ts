import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { CorpusApp } from './corpus-app.ts';
import { runLogged } from './run-logged.ts';

export interface MakeOptions {
  /** The folder of all applications. */
  readonly dir: string;
  /** Where output of programs goes. */
  readonly log: string;
}

/** Makes the application in a folder of its own, through npm's ordinary client, and returns the folder. */
export async function makeApp(app: CorpusApp, { dir, log }: MakeOptions): Promise<string> {
  const folder = join(dir, app.name);
  rmSync(folder, { recursive: true, force: true });
  if (app.generator === undefined) mkdirSync(folder, { recursive: true });
  else await generate(app.generator, { name: app.name, dir, log });
  for (const [path, content] of Object.entries(app.files ?? {})) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, typeof content === 'string' ? content : `${JSON.stringify(content, undefined, 2)}\n`);
  }
  if (app.packageJson !== undefined) merge(join(folder, 'package.json'), app.packageJson);
  if (app.lockfile !== false) await lock(folder, log);
  return folder;
}

/**
 * A registry may lack the newest packages for other systems, which are optional: npm then writes a lockfile that it refuses itself. The
 * application is built without one.
 */
async function lock(cwd: string, log: string): Promise<void> {
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund'];
  await npm(['install', '--package-lock-only', ...quiet], { cwd, log });
  const { exitCode } = await runLogged(['npm', 'ci', '--dry-run', ...quiet], { cwd, log });
  if (exitCode !== 0) rmSync(join(cwd, 'package-lock.json'));
}

async function generate(
  [generator, ...args]: readonly [string, ...string[]],
  { name, dir, log }: { readonly name: string; readonly dir: string; readonly log: string },
): Promise<void> {
  mkdirSync(dir, { recursive: true });
  const argv = args.map((argument) => (argument === 'APP' ? name : argument));
  // npm exec: the same as npx, with its options apart from the generator's.
  await npm(['exec', '--yes', `--package=${generator}`, '--', programOf(generator), ...argv], { cwd: dir, log });
}

/** `@nestjs/cli@11` has a program of another name. */
function programOf(generator: string): string {
  const name = generator.replace(/(?<=.)@.*$/, '');
  const named: Readonly<Record<string, string>> = {
    '@nestjs/cli': 'nest',
    'express-generator': 'express',
    'fastify-cli': 'fastify',
  };
  return named[name] ?? name;
}

async function npm(args: readonly string[], options: { readonly cwd: string; readonly log: string }): Promise<void> {
  const { exitCode } = await runLogged(['npm', ...args], { ...options, env: { CI: '1' } });
  if (exitCode !== 0) throw new Error(`npm ${args[0]} ended with ${exitCode}, see ${options.log}`);
}

function merge(file: string, fields: NonNullable<CorpusApp['packageJson']>): void {
  const document = JSON.parse(readFileSync(file, 'utf8')) as Record<string, Record<string, string> | undefined>;
  for (const [key, values] of Object.entries(fields)) document[key] = { ...document[key], ...values };
  writeFileSync(file, `${JSON.stringify(document, undefined, 2)}\n`);
}
