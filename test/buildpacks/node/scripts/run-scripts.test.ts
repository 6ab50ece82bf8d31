import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { nodeBuildpack } from '../../../../buildpacks/node/index.ts';
import type { RunNpm } from '../../../../buildpacks/node/scripts/run-scripts.ts';
import { runScripts, scriptEnvironment } from '../../../../buildpacks/node/scripts/run-scripts.ts';
import { readPackageFile } from '../../../../buildpacks/node/package-file.ts';
import { testContext } from '../../builtin-context.ts';

describe('scriptEnvironment()', () => {
  test('is production, with a heap, without telemetry, and without CI', () => {
    const env = scriptEnvironment({});
    expect(env).toMatchObject({ NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' });
    expect(env['NODE_OPTIONS']).toMatch(/^--max-old-space-size=[1-9]\d{2,}$/);
    expect(env).not.toHaveProperty('CI');
  });

  test("leaves the user's variables alone", () => {
    expect(scriptEnvironment({ NODE_ENV: 'test', NODE_OPTIONS: '--max-old-space-size=99' })).not.toMatchObject({
      NODE_ENV: expect.anything(),
    });
    expect(scriptEnvironment({ NODE_OPTIONS: '--max-old-space-size=99' })).not.toHaveProperty('NODE_OPTIONS');
    expect(scriptEnvironment({ NODE_OPTIONS: '--trace-warnings' })['NODE_OPTIONS']).toMatch(
      /^--trace-warnings --max-old-space-size=\d+$/,
    );
  });
});

describe('runScripts()', () => {
  const files = { 'package.json': JSON.stringify({ name: 'shop', scripts: { build: 'x' } }, undefined, 2) };

  test('runs each script in the folder of its package, and names the one that fails', async () => {
    const { context } = await testContext(nodeBuildpack('0.0.0'), { files: { ...files, 'lib/package.json': '{}' } });
    const ran: string[] = [];
    const npm: RunNpm = (args, { cwd }) => {
      ran.push(`${args.join(' ')} in ${cwd.slice(context.workspaceDir.length)}`);
      const fails = ran.length === 2;
      const stderr = fails ? 'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory' : '';
      return Promise.resolve({ exitCode: fails ? 134 : 0, stdout: '', stderr });
    };
    const lib = readPackageFile(join(context.workspaceDir, 'lib'))!;
    const app = readPackageFile(context.workspaceDir)!;
    const scripts = [
      { script: 'build', package: lib },
      { script: 'build', package: app },
    ];
    const failure = runScripts(context, npm, scripts);
    await expect(failure).rejects.toThrow('Cannot build: the script build of package.json:4 ended with status 134');
    await expect(failure).rejects.toMatchObject({
      code: 'BUILD_FAILED',
      hint: expect.stringContaining('ran out of memory'),
    });
    expect(ran).toEqual(['run build in /lib', 'run build in ']);
  });

  test("keeps Next.js's cache from build to build, and out of the application", async () => {
    const next = JSON.stringify({ scripts: { build: 'x' }, dependencies: { next: '*' } });
    const { context } = await testContext(nodeBuildpack('0.0.0'), { files: { 'package.json': next } });
    const cache = join(context.appDir, '.next/cache');
    const seen: boolean[] = [];
    const npm: RunNpm = () => {
      seen.push(existsSync(join(cache, 'compiled')));
      mkdirSync(cache, { recursive: true });
      writeFileSync(join(cache, 'compiled'), 'yes');
      return Promise.resolve({ exitCode: 0, stdout: '', stderr: '' });
    };
    const app = readPackageFile(context.workspaceDir)!;
    await runScripts(context, npm, [{ script: 'build', package: app }]);
    await runScripts(context, npm, [{ script: 'build', package: app }]);
    expect(seen).toEqual([false, true]);
    expect(existsSync(cache)).toBe(false);
    expect(readFileSync(join(context.layersDir, 'build-cache/.next-cache/compiled'), 'utf8')).toBe('yes');
  });
});
