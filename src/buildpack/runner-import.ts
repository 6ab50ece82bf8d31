import * as nodeModule from 'node:module';
import { pathToFileURL } from 'node:url';
import type { BuildpackDefinition } from './api.ts';
import type { RunnerRequest } from './runner-protocol.ts';

/** The module is not a buildpack, or not one that keeps to its API: the message is for its author. */
export class UnusableModuleError extends Error {}

const specifier = 'tsbuildpack/buildpack';

/** Imports the module and gives its definition. Throws UnusableModuleError, and what the module itself throws. */
export async function importDefinition({
  module,
  api,
}: Pick<RunnerRequest, 'module' | 'api'>): Promise<BuildpackDefinition> {
  resolveApi(pathToFileURL(api).href);
  const imported: unknown = await import(pathToFileURL(module).href);
  const definition = typeof imported === 'object' && imported !== null ? Reflect.get(imported, 'default') : undefined;
  if (isDefinition(definition)) return definition;
  throw new UnusableModuleError('its default export must be defineBuildpack({ id, version, detect, build })');
}

function isDefinition(value: unknown): value is BuildpackDefinition {
  if (typeof value !== 'object' || value === null) return false;
  const types = ['id', 'version', 'detect', 'build'].map((name) => typeof Reflect.get(value, name));
  return types.join() === 'string,string,function,function';
}

type ResolveHook = (name: string, context: unknown, next: (name: string, context: unknown) => unknown) => unknown;

interface SynchronousHooks {
  registerHooks(hooks: { readonly resolve: ResolveHook }): unknown;
}

/** Lets a module import our API wherever it stands, also where the package is not installed. */
function resolveApi(url: string): void {
  const hooks: object = nodeModule;
  if (hasSynchronousHooks(hooks)) {
    hooks.registerHooks({
      resolve: (name, context, next) => (name === specifier ? { url, shortCircuit: true } : next(name, context)),
    });
    return;
  }
  // Node before 22.15 has hooks in a thread of their own only.
  const source =
    `export async function resolve(name, context, next) {` +
    ` return name === ${JSON.stringify(specifier)} ? { url: ${JSON.stringify(url)}, shortCircuit: true } : next(name, context); }`;
  nodeModule.register(`data:text/javascript,${encodeURIComponent(source)}`);
}

function hasSynchronousHooks(hooks: object): hooks is SynchronousHooks {
  return 'registerHooks' in hooks;
}
