import { join } from 'node:path';
import { buildPackage } from '../build/build-package.ts';
import { checkPackaging } from './packaging.ts';
import { command, type Step } from './step.ts';
import { runVitest } from './vitest.ts';

/** What every change has to pass, cheapest first. */
export function checkSteps(root: string): Step[] {
  const bin = (name: string): string => join(root, 'node_modules', '.bin', name);
  const tool = (name: string, argv: readonly string[]): Step => ({
    name,
    run: async () => {
      await command(argv, { cwd: root });
      return { passed: 1, failed: 0 };
    },
  });
  return [
    tool('types', [bin('tsc'), '-p', 'tsconfig.json']),
    tool('lint', [bin('oxlint'), 'src', 'buildpacks', 'test', 'scripts']),
    tool('format', [bin('oxfmt'), '--check', '.']),
    {
      name: 'build',
      run: async () => {
        await buildPackage(root, { declarations: true, prune: true });
        return { passed: 1, failed: 0 };
      },
    },
    { name: 'unit tests', run: () => runVitest(root, 'unit') },
    tool('dead code', [bin('knip'), '--no-progress']),
    { name: 'packaging', run: () => checkPackaging(root) },
  ];
}
