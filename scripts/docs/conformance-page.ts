import { checksByRow, readRows, type ConformanceRow } from './conformance-rows.ts';

const intro = `# Conformance

<!-- Written by \`npm run docs\` from the tests: do not edit. -->

What the [Cloud Native Buildpacks specifications](https://github.com/buildpacks/spec) and the reference lifecycle ask of a platform and
lifecycle without a daemon on Linux, a row each, and what checks it here. A check is a scenario of \`test/conformance\`, in which the same
inputs go through the reference lifecycle and through ours and everything that comes of them is compared, or a test that has the row in its
title. \`npm run conformance\` replays the scenarios.

Levels: **M** must and **S** should of the specification, **m** a may that users rely on, **R** what only the reference does, **!** where
specification and reference disagree.
`;

const chapters: Readonly<Record<string, string>> = {
  VER: 'API versions',
  BPT: 'buildpack.toml',
  TGT: 'Targets, distributions, stacks',
  ORD: 'Order resolution',
  DET: 'Running detect',
  PLN: 'Build plan',
  ENV: 'Environment',
  BLD: 'Build',
  LYR: 'Layers',
  PRC: 'launch.toml, build.toml, processes',
  SBM: 'SBOM',
  ANA: 'Analyze',
  RST: 'Restore',
  CAC: 'Cache',
  EXP: 'Export',
  TAR: 'Layer archives',
  LBL: 'Labels',
  RUN: 'Run images and registries',
  FIL: 'Files between phases',
  LCH: 'Launcher',
  RBS: 'Rebase',
  CRE: 'Creator',
  EXT: 'Image extensions',
  PRJ: 'Project descriptor',
  BND: 'Bindings',
  DST: 'Distribution',
  BLR: 'Builder images',
  EXI: 'Exit codes',
  SEC: 'Security',
};

/** docs/conformance.md. */
export function conformancePage(): string {
  const rows = readRows();
  const checks = checksByRow();
  const sections = Object.entries(chapters).map(([prefix, title]) => {
    const own = rows.filter(({ id }) => id.startsWith(prefix));
    const lines = own.map((row) => rowLine(row, checks.get(row.id) ?? []));
    return `## ${title}\n\n| row | level | what | status | checked by |\n| --- | --- | --- | --- | --- |\n${lines.join('\n')}\n`;
  });
  return `${intro}\n${summary(rows, checks)}\n${sections.join('\n')}`;
}

function summary(rows: readonly ConformanceRow[], checks: ReadonlyMap<string, readonly string[]>): string {
  const inScope = rows.filter(({ outOfScope }) => outOfScope === undefined);
  const binding = inScope.filter(isBinding);
  const checked = (some: readonly ConformanceRow[]): number => some.filter(({ id }) => checks.has(id)).length;
  return (
    `${rows.length} rows, ${inScope.length} of them in scope: ${checked(inScope)} are checked. ` +
    `Of the ${binding.length} that are must or should, ${checked(binding)} are.\n`
  );
}

/** Must or should, of the specification. */
export function isBinding({ level }: ConformanceRow): boolean {
  return /[MS]/.test(level);
}

/** As many as help to find the check. */
const mostChecks = 4;

function rowLine({ id, level, text, api, outOfScope }: ConformanceRow, checks: readonly string[]): string {
  const what = cell(api === undefined ? text : `${text} (${api})`);
  const shown = checks.slice(0, mostChecks).map((check) => `[${check.replace(/^test\//, '')}](../${check})`);
  const more = checks.length > mostChecks ? [`${checks.length - mostChecks} more`] : [];
  return `| ${id} | ${level} | ${what} | ${status(outOfScope, checks)} | ${[...shown, ...more].join(', ')} |`;
}

function status(outOfScope: string | undefined, checks: readonly string[]): string {
  if (outOfScope !== undefined) return cell(`out of scope: ${outOfScope}`);
  return checks.length > 0 ? 'checked' : 'not checked yet';
}

function cell(text: string): string {
  const parts = text
    .replaceAll('|', '\\|')
    .replaceAll('\n', ' ')
    .split(/(`[^`]*`)/);
  return parts.map((part) => (part.startsWith('`') ? part : part.replaceAll('<', '&lt;'))).join('');
}
