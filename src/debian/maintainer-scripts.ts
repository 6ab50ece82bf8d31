import { TsbuildpackError } from '../errors.ts';
import type { DebianPackage } from './debian-package.ts';
import type { InstallRules } from './install-rules.ts';

/** The scripts that dpkg runs when it installs a package: https://www.debian.org/doc/debian-policy/ch-maintainerscripts.html */
const installScripts = ['preinst', 'postinst'] as const;

export interface ScriptedPackage {
  readonly package: DebianPackage;
  readonly control: ReadonlyMap<string, Buffer>;
}

/**
 * Throws STACK_UNFIT naming every package with a script that no rule covers. Scripts for removal do nothing here; triggers are answered by the
 * `postinst` of who is interested in them, which needs a rule like any other.
 */
export function checkScripts(packages: readonly ScriptedPackage[], rules: InstallRules): void {
  const covered = new Set(rules.scripts.flatMap((rule) => rule.scripts.map((script) => `${rule.package} ${script}`)));
  const uncovered = packages.flatMap(({ package: { name }, control }) => {
    const scripts = installScripts.filter((script) => {
      const text = control.get(script)?.toString('latin1');
      return text !== undefined && !covered.has(`${name} ${script}`) && !isWithoutEffect(text, rules.generatedSections);
    });
    return scripts.length === 0 ? [] : [`${name}: ${scripts.join(', ')}`];
  });
  if (uncovered.length === 0) return;
  throw new TsbuildpackError(
    'STACK_UNFIT',
    `Cannot install ${uncovered.length === 1 ? 'a package' : `${uncovered.length} packages`}: no rule of the stack says what stands for their maintainer scripts`,
    {
      detail: uncovered.join('\n'),
      hint: 'Scripts of packages are not run: add a rule for each to stack.toml, saying why it is not needed or what replaces it',
    },
  );
}

/** Whether a script holds nothing but generated sections that need nothing, and what surrounds them in every script. */
function isWithoutEffect(script: string, generatedSections: readonly string[]): boolean {
  const rest = script.replaceAll(
    /^# Automatically added by (?<tool>[^\s/]+).*\n[\s\S]*?^# End automatically added section$/gm,
    (section, tool: string) => (generatedSections.includes(tool) ? '' : section),
  );
  return rest.split('\n').every((line) => /^\s*(?:#.*|set -e[ux]*|exit 0|:|true)?\s*$/.test(line));
}
