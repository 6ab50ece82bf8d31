import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { command, type Counts } from './step.ts';

/** The part of vitest's JSON report that is read here. */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly startTime: number;
    readonly endTime: number;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

/**
 * Runs a project of vitest.config.ts and counts. A file that does not load counts as one failure, and so does each
 * skipped test: a suite that silently shrinks is not green.
 */
export async function runVitest(root: string, project: string): Promise<Counts> {
  const folder = await mkdtemp(join(tmpdir(), 'tsbuildpack-vitest-'));
  const file = join(folder, 'report.json');
  try {
    const argv = ['run', '--project', project, '--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
    const exit = await command([process.execPath, join(root, 'node_modules/vitest/vitest.mjs'), ...argv], {
      cwd: root,
      env: testEnvironment(),
      live: true,
    }).then(
      () => 'passed' as const,
      (error: unknown) => error,
    );
    const report = JSON.parse(await readFile(file, 'utf8').catch(() => Promise.reject(exit))) as Report;
    printTimes(root, report);
    const counts = count(report);
    return exit !== 'passed' && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

// A test that passes only with one machine's extra certificates or colours would fail on the next one.
function testEnvironment(): NodeJS.ProcessEnv {
  const { NODE_EXTRA_CA_CERTS: _certificates, FORCE_COLOR: _color, ...env } = process.env;
  return env;
}

function count(report: Report): Counts {
  const unloaded = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((assertion) => assertion.status === 'failed'),
  );
  const skipped = report.numPendingTests + report.numTodoTests;
  for (const { name } of unloaded) console.log(`Failed outside of its tests: ${name}`);
  if (skipped > 0) console.log(`${skipped} skipped tests count as failed`);
  return { passed: report.numPassedTests, failed: report.numFailedTests + unloaded.length + skipped };
}

function printTimes(root: string, report: Report): void {
  console.log('Time of each suite, longest first:');
  const suites = report.testResults
    .map(({ name, startTime, endTime }) => ({ name: relative(root, name), seconds: (endTime - startTime) / 1000 }))
    .toSorted((a, b) => b.seconds - a.seconds);
  for (const { name, seconds } of suites) console.log(`${seconds.toFixed(1).padStart(8)} s  ${name}`);
}
