import { isBuiltin, type Stack } from '../stack/load-stack.ts';
import { stackHalf, type StackHalf } from '../stack/stack-half.ts';
import type { Surroundings } from './build-options.ts';
import { knownStacks } from './stack-tools.ts';

export interface ListedStack {
  readonly name: string;
  readonly description: string;
  readonly directory: string;
  readonly isBuiltin: boolean;
  readonly extends?: string;
  /** What each half is made of: `packages of debian trixie`, `files`, `nothing`, `this machine`, an image. */
  readonly run: string;
  readonly build: string;
}

/** `tsbuildpack stack list`: the stacks that can be named here. */
export function listStacks(surroundings: Pick<Surroundings, 'cwd'>): readonly ListedStack[] {
  return knownStacks(surroundings).map(describe);
}

function describe(stack: Stack): ListedStack {
  const { name, directory, document, parent } = stack;
  return {
    name,
    description: document.description,
    directory,
    isBuiltin: isBuiltin(stack),
    ...(parent && { extends: parent.name }),
    run: madeOf(stackHalf(stack, 'run')),
    build: madeOf(stackHalf(stack, 'build')),
  };
}

function madeOf({ kind, image, parts, distribution }: StackHalf): string {
  if (kind === 'host') return 'this machine';
  if (kind === 'image') return image ?? '';
  if (distribution !== undefined) return `packages of ${distribution.id} ${distribution.codename}`;
  return parts.length === 0 ? 'nothing' : 'files';
}
