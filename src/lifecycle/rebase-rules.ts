import { atLeast, parseApiVersion } from '../cnb/api-version.ts';
import type { LifecycleMetadata } from '../cnb/lifecycle-metadata.ts';
import type { Image } from '../image/image.ts';
import { sameReference } from '../registry/reference.ts';
import { variablesOf } from './image-environment.ts';
import type { NewBase } from './rebase.ts';

/**
 * What speaks against this rebase, as clauses after "although". Which rules hold is decided by the Platform API that the
 * application was made under (RBS-02): targets since 0.12, stacks before.
 */
export function rebaseProblems(app: Image, base: NewBase, metadata: LifecycleMetadata): readonly string[] {
  const api = variablesOf(app.config.config?.Env ?? [])['CNB_PLATFORM_API'];
  const version = api === undefined ? undefined : parseApiVersion(api);
  if (version === undefined || !atLeast(version, '0.12')) return stackProblems(app, base.image);
  return [...rebasableProblems(app), ...nameProblems(base, metadata), ...targetProblems(app, base.image)];
}

function labelOf(image: Image, name: string): string {
  return image.config.config?.Labels?.[name] ?? '';
}

/** RBS-04: missing or empty is allowed. */
function rebasableProblems(app: Image): readonly string[] {
  const label = 'io.buildpacks.rebasable';
  return labelOf(app, label) === 'false' ? [`the image says that it must not be rebased (${label}=false)`] : [];
}

/** Whether the label names this run image already, so that it goes on naming what it does (RBS-07). */
export function isKnownBase(base: NewBase, metadata: LifecycleMetadata): boolean {
  return nameProblems(base, metadata).length === 0;
}

/** RBS-06: the run image that the label names, or one of its mirrors, in any version. */
function nameProblems({ name }: NewBase, { runImage, stack }: LifecycleMetadata): readonly string[] {
  const known = [runImage.image, ...(runImage.mirrors ?? []), stack.runImage.image, ...(stack.runImage.mirrors ?? [])];
  const names = known.flatMap((item) => (item ? [item] : []));
  if (names.some((item) => item === name || isSame(item, name))) return [];
  return [`the image was made on ${runImage.image ?? 'an unknown run image'}, not on ${name}`];
}

function isSame(one: string, other: string): boolean {
  try {
    return sameReference(withoutDigest(one), withoutDigest(other));
  } catch {
    // A label may hold anything.
    return false;
  }
}

function withoutDigest(name: string): string {
  return name.split('@')[0] ?? name;
}

/** RBS-05. */
function targetProblems(app: Image, base: Image): readonly string[] {
  const problems: string[] = [];
  const differ = (what: string, had: string, has: string): void => {
    problems.push(`the application is for ${what} ${had || 'unknown'}, the run image for ${has}`);
  };
  for (const key of ['os', 'architecture'] as const) {
    if (app.config[key] !== base.config[key]) differ(key, app.config[key], base.config[key]);
  }
  const [had, has] = [app.config.variant, base.config.variant];
  if (had && has && had !== has) differ('variant', had, has);
  for (const key of ['io.buildpacks.base.distro.name', 'io.buildpacks.base.distro.version']) {
    const wanted = labelOf(base, key);
    if (wanted !== '' && labelOf(app, key) !== wanted)
      differ(key.replace('io.buildpacks.base.', ''), labelOf(app, key), wanted);
  }
  return problems;
}

/** RBS-03, for images that older lifecycles made. */
function stackProblems(app: Image, base: Image): readonly string[] {
  const id = 'io.buildpacks.stack.id';
  const [had, has] = [labelOf(app, id), labelOf(base, id)];
  if (had === '' || has === '') return [`one of them names no stack (${id})`];
  if (had !== has) return [`the application is for stack ${had}, the run image is of stack ${has}`];
  const there = new Set(mixinsOf(base));
  const missing = mixinsOf(app).filter((mixin) => !there.has(mixin));
  return missing.length > 0 ? [`the run image lacks mixins of the application: ${missing.join(', ')}`] : [];
}

function mixinsOf(image: Image): readonly string[] {
  try {
    const list: unknown = JSON.parse(labelOf(image, 'io.buildpacks.stack.mixins') || '[]');
    return Array.isArray(list) ? list.map((mixin) => String(mixin).replace(/^(build|run):/, '')) : [];
  } catch {
    return [];
  }
}
