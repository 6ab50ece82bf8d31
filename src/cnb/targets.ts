/** What a buildpack can build for: an absent field matches anything — https://github.com/buildpacks/spec/blob/main/buildpack.md#targets-1 */
export interface TargetWish {
  readonly os?: string;
  readonly arch?: string;
  readonly variant?: string;
  readonly distros?: readonly Distro[];
}

export interface Distro {
  readonly name?: string;
  readonly version?: string;
}

/** What an image is built for, as far as it is known: an absent field matches anything, except that no distribution at all fits no list of them. */
export interface TargetFacts {
  readonly os?: string;
  readonly arch?: string;
  readonly variant?: string;
  readonly distroName?: string;
  readonly distroVersion?: string;
}

/**
 * What an image's labels say of its distribution. Those of the stack bionic may be older than these labels and are Ubuntu 18.04 all the same
 * — https://github.com/buildpacks/spec/blob/main/platform.md#analyzedtoml-toml. What is said there of the architecture, `arm64`, is against
 * buildpack.md; the image's configuration has it (TGT-09).
 */
export function labelledDistro(labels: Readonly<Record<string, string>>): Distro {
  const [name, version] = [labels['io.buildpacks.base.distro.name'], labels['io.buildpacks.base.distro.version']];
  if (name || version) return { ...(name && { name }), ...(version && { version }) };
  return labels['io.buildpacks.stack.id'] === 'io.buildpacks.stacks.bionic' ? { name: 'ubuntu', version: '18.04' } : {};
}

/** TGT-01, -02, -03. No wishes at all match everything. */
export function matchesTarget(wishes: readonly TargetWish[], facts: TargetFacts): boolean {
  return wishes.length === 0 || wishes.some((wish) => matchesWish(wish, facts));
}

function matchesWish(wish: TargetWish, facts: TargetFacts): boolean {
  if (!same(wish.os, facts.os) || !same(wish.arch, facts.arch) || !same(wish.variant, facts.variant)) return false;
  const distros = wish.distros ?? [];
  if (distros.length === 0) return true;
  if (!facts.distroName && !facts.distroVersion) return false;
  return distros.some((distro) => same(distro.name, facts.distroName) && same(distro.version, facts.distroVersion));
}

function same(one: string | undefined, other: string | undefined): boolean {
  return !one || !other || one === other;
}

/** The variables that tell a buildpack about the target (TGT-15). */
export function targetVariables(facts: TargetFacts): Record<string, string> {
  const all = {
    CNB_TARGET_OS: facts.os ?? 'linux',
    CNB_TARGET_ARCH: facts.arch ?? '',
    CNB_TARGET_ARCH_VARIANT: facts.variant,
    CNB_TARGET_DISTRO_NAME: facts.distroName,
    CNB_TARGET_DISTRO_VERSION: facts.distroVersion,
  };
  const always = new Set(['CNB_TARGET_OS', 'CNB_TARGET_ARCH']);
  return Object.fromEntries(
    Object.entries(all).flatMap(([name, value]) => (value || always.has(name) ? [[name, value ?? '']] : [])),
  );
}

/** For messages: `linux/arm64/v8 (ubuntu 24.04)`. */
export function formatTarget(target: TargetWish & TargetFacts): string {
  const machine = [target.os ?? '*', target.arch ?? '*', ...(target.variant ? [target.variant] : [])].join('/');
  const distros = target.distros ?? [{ name: target.distroName ?? '', version: target.distroVersion ?? '' }];
  const names = distros.map(({ name, version }) => [name, version].filter(Boolean).join(' ')).filter(Boolean);
  return names.length === 0 ? machine : `${machine} (${names.join(', ')})`;
}
