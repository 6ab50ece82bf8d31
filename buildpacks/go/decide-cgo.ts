import type { BuiltinBuildContext } from '../../src/buildpack/builtin.ts';
import { cgoAbility, cgoRefusal } from './cgo-check.ts';
import type { Target } from './find-mains.ts';
import type { RunGo } from './go-command.ts';
import { listCgoPackages } from './list-packages.ts';
import type { GoBuildSettings } from './settings.ts';

export interface CgoDecision {
  /** What can be built, the default one first. */
  readonly targets: readonly [Target, ...Target[]];
  readonly cgo: boolean;
  readonly compiler: string | undefined;
}

export interface CgoOptions {
  readonly settings: GoBuildSettings;
  readonly targets: readonly [Target, ...Target[]];
  readonly flags: readonly string[];
}

/**
 * Looks for C code before anything is compiled, and fetches what the programs import. No C code: static programs. Some: with a
 * compiler and a run image that fits. Else a program that the user asked for is refused (BUILD_FAILED), and others are left out: a
 * program that was built without its C code would fail only when it runs.
 */
export async function decideCgo(context: BuiltinBuildContext, go: RunGo, options: CgoOptions): Promise<CgoDecision> {
  const { settings, targets, flags } = options;
  const found = settings.cgo === '0' ? [] : await listCgoPackages(go, targets, { flags, cgo: true });
  if (found.length === 0 && settings.cgo !== '1') return withoutCgo(go, options);
  const ability = cgoAbility(context, settings);
  if (ability.able) {
    context.log(
      found.length === 0 ? 'CGO_ENABLED=1 asks for C code' : `C code is compiled too: ${found.slice(0, 5).join(', ')}`,
    );
    return { targets, cgo: true, compiler: ability.compiler };
  }
  if (settings.cgo === '1') throw cgoRefusal(found, `CGO_ENABLED=1 asks for it, and ${ability.why}`);
  const [first, ...others] = targets;
  const needed = await listCgoPackages(go, [first], { flags, cgo: true });
  if (needed.length > 0) throw cgoRefusal(needed, ability.why);
  const rest: Target[] = [];
  for (const target of others) {
    const itsOwn = await listCgoPackages(go, [target], { flags, cgo: true });
    if (itsOwn.length === 0) rest.push(target);
    else if (settings.targets.length > 0) throw cgoRefusal(itsOwn, ability.why);
    else sayLeftOut(context, target, ability.why);
  }
  return withoutCgo(go, { ...options, targets: [first, ...rest] });
}

/** Without C code other files are compiled, which may import other modules: they are fetched here. */
async function withoutCgo(go: RunGo, { targets, flags }: CgoOptions): Promise<CgoDecision> {
  await listCgoPackages(go, targets, { flags, cgo: false });
  return { targets, cgo: false, compiler: undefined };
}

function sayLeftOut({ report }: BuiltinBuildContext, { dir }: Target, why: string): void {
  report({
    type: 'warning',
    message: `${dir} is left out: it has C code, and ${why}`,
    hint: `Name the programs to build with BP_GO_TARGETS, with CGO_ENABLED=0 if ${dir} works without C`,
  });
}
