import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Event } from '../../src/events.ts';
import { noGroupError } from '../../src/lifecycle/no-group-error.ts';
import { requireFit } from '../../src/lifecycle/require-fit.ts';
import { byName, found, group, openPhases, optional } from './phase-fixture.ts';

const phases = await openPhases({ hostEnv: { SECRET: 'no', HTTP_PROXY: 'http://proxy:1' } });
const { script, detect } = phases;
const ids = (buildpacks: readonly { readonly descriptor: { readonly id: string } }[]): readonly string[] =>
  buildpacks.map(({ descriptor }) => descriptor.id);
const results = (): readonly string[] =>
  phases.events.flatMap((event: Event) => (event.type === 'detected' ? [`${event.buildpack}: ${event.result}`] : []));

beforeEach(() => {
  phases.events.length = 0;
});

describe('order', () => {
  test('ORD-01 and DET-23 detect() takes the first group that resolves, and tells which', async () => {
    const [no, yes, other] = await Promise.all([
      script({ id: 'ord01/no', detect: 'exit 100' }),
      script({ id: 'ord01/yes' }),
      script({ id: 'ord01/other' }),
    ]);
    const result = found(await detect([group(no, other), group(yes), group(other)]));
    expect(ids(result.group)).toEqual(['ord01/yes']);
    expect(results()).toEqual(['ord01/no: fail', 'ord01/other: pass', 'ord01/yes: pass']);
    const taken = { type: 'group', buildpacks: [{ id: 'ord01/yes', version: '1.0.0' }] };
    expect(phases.events.filter(({ type }) => type === 'group')).toEqual([taken]);
  });

  test('ORD-06 detect() runs a buildpack once however many groups it is in', async () => {
    const count = join(phases.root, 'count');
    writeFileSync(count, '');
    const counted = await script({ id: 'ord06/counted', detect: `echo x >> ${count}` });
    const no = await script({ id: 'ord06/no', detect: 'exit 100' });
    await detect([group(counted, no), group(counted, no), group(counted)]);
    expect(readFileSync(count, 'utf8')).toBe('x\n');
  });

  test('ORD-07 buildpacks of a group run at the same time and are reported in order', async () => {
    const meet = (mine: string, other: string): string =>
      `touch ${phases.root}/${mine}; n=0; while [ ! -e ${phases.root}/${other} ]; do n=$((n+1)); [ $n -lt 200 ]; sleep 0.05; done`;
    const [slow, fast] = await Promise.all([
      phases.script({ id: 'ord07/slow', detect: `${meet('slow', 'fast')}; sleep 0.2` }),
      phases.script({ id: 'ord07/fast', detect: meet('fast', 'slow') }),
    ]);
    found(await phases.detect([group(slow, fast)]));
    expect(results()).toEqual(['ord07/slow: pass', 'ord07/fast: pass']);
  });

  test('ORD-19 an entry of a composite for another execution environment is left out', async () => {
    const composite = await phases.script({
      id: 'ord19/all',
      toml:
        '[[order]]\n[[order.group]]\nid = "ord19/tests"\nversion = "1.0.0"\nexec-env = ["test"]\n' +
        '[[order.group]]\nid = "ord19/app"\nversion = "1.0.0"\nexec-env = ["production"]\n',
    });
    const [tests, app] = await Promise.all([phases.script({ id: 'ord19/tests' }), phases.script({ id: 'ord19/app' })]);
    const buildpacks = byName(tests, app);
    expect(ids(found(await phases.detect([group(composite)], { buildpacks })).group)).toEqual(['ord19/app']);
    const inTests = await phases.detect([group(composite)], { buildpacks, execEnv: 'test' });
    expect(ids(found(inTests).group)).toEqual(['ord19/tests']);
  });

  test('ORD-08 a composite that names a buildpack that is not there ends the whole detection', async () => {
    const composite = await script({
      id: 'ord08/all',
      toml: '[[order]]\n[[order.group]]\nid = "ord08/missing"\nversion = "1.0.0"',
    });
    const fine = await script({ id: 'ord08/fine' });
    await expect(detect([group(composite), group(fine)])).rejects.toMatchObject({
      code: 'ORDER_INVALID',
      message: 'Cannot resolve the order: buildpack "ord08/all@1.0.0" needs "ord08/missing@1.0.0", which is not there',
    });
  });

  test('a composite is replaced by the buildpacks of its group', async () => {
    const composite = await script({
      id: 'comp/all',
      toml:
        '[[order]]\n[[order.group]]\nid = "comp/no"\nversion = "1.0.0"\n' +
        '[[order]]\n[[order.group]]\nid = "comp/a"\nversion = "1.0.0"\n[[order.group]]\nid = "comp/b"\nversion = "1.0.0"\noptional = true\n',
    });
    const [no, a, b, last] = await Promise.all([
      script({ id: 'comp/no', detect: 'exit 100' }),
      script({ id: 'comp/a' }),
      script({ id: 'comp/b', detect: 'exit 100' }),
      script({ id: 'comp/last' }),
    ]);
    const result = found(await detect([group(composite, last)], { buildpacks: byName(no, a, b) }));
    expect(ids(result.group)).toEqual(['comp/a', 'comp/last']);
  });
});

describe('bin/detect', () => {
  test('DET-01 and DET-03 to DET-07 it runs in the application with its files in arguments and variables', async () => {
    const seen = join(phases.root, 'seen');
    const buildpack = await script({
      id: 'det01/seen',
      detect: `
        { pwd; echo "$0"; echo "$#"; echo "$1"; echo "$2"; wc -c < "$2"; } > ${seen}
        echo "$CNB_BUILDPACK_DIR $CNB_PLATFORM_DIR $CNB_BUILD_PLAN_PATH $CNB_EXEC_ENV" >> ${seen}
        test -f "$CNB_BUILDPACK_DIR/buildpack.toml"`,
    });
    found(await detect([group(buildpack)]));
    const [pwd, program, count, platform, plan, size, variables] = readFileSync(seen, 'utf8').split('\n');
    const dir = `${phases.environment.paths.buildpacks.inside}/det01_seen/1.0.0`;
    expect({ pwd, program, count, size }).toEqual({
      pwd: phases.environment.paths.app.inside,
      program: `${dir}/bin/detect`,
      count: '2',
      size: '0',
    });
    expect(variables).toBe(`${dir} ${platform} ${plan} production`);
  });

  test('DET-19 it runs where the build will, and of itself leaves nothing in the application', async () => {
    const seen = join(phases.root, 'seen-det19');
    const app = phases.environment.paths.app.host;
    const before = readdirSync(app, { recursive: true });
    const note = (file: string): string => `{ pwd; echo "$HOME $PATH $CNB_PLATFORM_DIR"; ls -a; } > ${seen}-${file}`;
    const buildpack = await script({ id: 'det19/where', detect: note('detect'), build: note('build') });
    const { group: members, plan } = found(await detect([group(buildpack)]));
    expect(readdirSync(app, { recursive: true })).toEqual(before);
    await phases.build({ group: members, plan });
    expect(readFileSync(`${seen}-detect`, 'utf8')).toBe(readFileSync(`${seen}-build`, 'utf8'));
  });

  test.each([
    { name: 'zero', exit: 'exit 0', result: 'pass', reason: undefined },
    { name: 'hundred', exit: 'echo "no Gemfile"; exit 100', result: 'fail', reason: 'no Gemfile' },
    { name: 'one', exit: 'exit 1', result: 'error', reason: 'its bin/detect ended with status 1' },
    { name: 'signal', exit: 'kill -9 $$', result: 'error', reason: 'its bin/detect ended with status 137' },
  ])('DET-02 $name: "$exit" is $result', async ({ name, exit, result, reason }) => {
    const buildpack = await script({ id: `det02/${name}`, detect: exit });
    const { trials } = await detect([group(buildpack)]);
    expect(trials.map((trial) => ({ result: trial.result, reason: trial.reason }))).toEqual([{ result, reason }]);
  });

  test('DET-02 a program that cannot be started is an error of the buildpack', async () => {
    const buildpack = await script({ id: 'det02/gone', files: { 'bin/detect': '#!/nonexistent/interpreter\n' } });
    const result = await detect([group(buildpack)]);
    expect(result).toMatchObject({ found: false, errors: true });
    expect(result.trials[0]?.reason).toMatch(/^Cannot start ".*\/bin\/detect"/);
  });

  test('DET-09 a plan that is no TOML is an error, with the output', async () => {
    const buildpack = await script({ id: 'det09/plan', detect: 'echo thinking; echo "= 1" > "$2"' });
    const result = await detect([group(buildpack)]);
    expect(result).toMatchObject({ found: false, errors: true, trials: [{ result: 'error', output: 'thinking' }] });
    expect(result.trials[0]?.reason).toMatch(/^Cannot read "the build plan" line 1/);
    expect(phases.events).toContainEqual({ type: 'output', source: 'det09/plan', stream: 'stdout', line: 'thinking' });
  });

  test.each([
    { name: 'first', prefix: '', section: 'requires' },
    { name: 'or', prefix: '[[or]]\\n', section: 'or.requires' },
  ])('DET-10 a requirement with a top-level version is an error ($section)', async ({ name, prefix, section }) => {
    const buildpack = await script({
      id: `det10/${name}`,
      detect: `printf '${prefix}[[${section}]]\\nname = "a"\\nversion = "1"\\n' > "$2"`,
    });
    const { trials } = await detect([group(buildpack)]);
    expect(trials[0]?.reason).toBe(
      'Cannot use "the build plan": requirement "a" has a "version" key (Write "metadata.version" instead)',
    );
  });

  test('DET-11 output of what passes or fails is for debugging only', async () => {
    await detect([group(await script({ id: 'det11/fail', detect: 'echo out; echo err >&2; exit 100' }))]);
    expect(phases.events.filter(({ type }) => type === 'output')).toEqual([]);
    expect(phases.events).toContainEqual({ type: 'debug', message: 'det11/fail: out' });
  });
});

describe('verdicts', () => {
  test('DET-12 a group of optional buildpacks that all fail does not pass', async () => {
    const no = await script({ id: 'det12/no', detect: 'exit 100' });
    expect(await detect([group(optional(no))])).toMatchObject({ found: false, errors: false });
  });

  test('DET-13 an optional error counts only when a required buildpack failed as well', async () => {
    const [error, no, yes] = await Promise.all([
      script({ id: 'det13/error', detect: 'exit 7' }),
      script({ id: 'det13/no', detect: 'exit 100' }),
      script({ id: 'det13/yes' }),
    ]);
    expect(ids(found(await detect([group(optional(error), yes)])).group)).toEqual(['det13/yes']);
    expect(await detect([group(optional(error))])).toMatchObject({ found: false, errors: false });
    expect(await detect([group(optional(error), no)])).toMatchObject({ found: false, errors: true });
  });

  test('DET-14 an empty group fails', async () => {
    expect(await detect([group()])).toMatchObject({ found: false, errors: false, trials: [] });
  });

  test.each([
    { exit: 100, code: 'DETECT_NO_GROUP', exitCode: 20 },
    { exit: 1, code: 'DETECT_NO_GROUP_ERRORS', exitCode: 21 },
  ])('DET-16 exit status $exit of the only buildpack ends with $exitCode', async ({ exit, code, exitCode }) => {
    const buildpack = await script({ id: `det16/exit-${exit}`, detect: `exit ${exit}` });
    const result = await detect([group(buildpack)]);
    if (result.found) throw new Error('found');
    const error = noGroupError(result, { app: '/src/app', appPath: '.', hiddenBy: () => undefined });
    expect(error).toMatchObject({ code, exitCode, message: 'Cannot find a buildpack for "/src/app": none of 1 fits' });
  });

  test('noGroupError() names every buildpack with its reason and what is hidden', async () => {
    const buildpack = await script({ id: 'none/ruby', detect: 'echo "no Gemfile"; exit 100' });
    const result = await detect([group(buildpack)]);
    if (result.found) throw new Error('found');
    const trials = result.trials.map((trial) => ({ ...trial, wanted: ['Gemfile', 'Rakefile'] }));
    const hiddenBy = (path: string): string | undefined => (path === 'api/Gemfile' ? '.dockerignore:1' : undefined);
    const error = noGroupError({ ...result, trials }, { app: '/src', appPath: 'api', hiddenBy });
    expect(error.detail).toBe('none/ruby 1.0.0 does not fit: no Gemfile\napi/Gemfile is hidden by .dockerignore:1');
  });

  test('plans that do not fit are named', async () => {
    const lonely = await script({ id: 'plan/lonely', detect: `printf '[[provides]]\\nname = "x"\\n' > "$2"` });
    expect(await detect([group(lonely)])).toMatchObject({
      found: false,
      errors: false,
      planFailures: ['plan/lonely provides "x", which nobody requires'],
    });
  });

  test('PLN-15 an optional provider that nobody needs is in neither group nor plan', async () => {
    const [unused, app] = await Promise.all([
      script({ id: 'pln15/unused', detect: `printf '[[provides]]\\nname = "x"\\n' > "$2"` }),
      script({ id: 'pln15/app', detect: `printf '[[provides]]\\nname = "y"\\n[[requires]]\\nname = "y"\\n' > "$2"` }),
    ]);
    const result = found(await detect([group(optional(unused), app)]));
    expect(ids(result.group)).toEqual(['pln15/app']);
    expect(result.plan.entries).toEqual([
      { providers: [{ id: 'pln15/app', version: '1.0.0' }], requires: [{ name: 'y', metadata: {} }] },
    ]);
  });
});

describe('targets and execution environments', () => {
  const windows = '[[targets]]\nos = "windows"\n';

  test('TGT-12 a required buildpack for another target is an error of its group', async () => {
    const buildpack = await script({ id: 'tgt12/windows', toml: windows });
    const result = await detect([group(buildpack)]);
    expect(result).toMatchObject({ found: false, errors: true });
    expect(result.trials[0]?.reason).toBe('it builds for windows/*, not for linux/amd64 (debian 12)');
  });

  test('TGT-13 an optional buildpack for another target is passed over and never run', async () => {
    const [foreign, fine] = await Promise.all([
      script({ id: 'tgt13/windows', toml: windows, detect: 'exit 9' }),
      script({ id: 'tgt13/fine' }),
    ]);
    const result = found(await detect([group(optional(foreign), fine)]));
    expect(result.trials.map((trial) => trial.result)).toEqual(['skipped', 'pass']);
  });

  test('TGT-15 detection sees the target', async () => {
    const seen = join(phases.root, 'target');
    await detect([group(await script({ id: 'tgt15/env', detect: `env | grep CNB_TARGET | sort > ${seen}` }))]);
    expect(readFileSync(seen, 'utf8').trim().split('\n')).toEqual([
      'CNB_TARGET_ARCH=amd64',
      'CNB_TARGET_DISTRO_NAME=debian',
      'CNB_TARGET_DISTRO_VERSION=12',
      'CNB_TARGET_OS=linux',
    ]);
  });

  test('DET-22 a buildpack for another execution environment is skipped, required or not', async () => {
    const [tests, fine] = await Promise.all([
      script({ id: 'det22/tests', about: 'exec-env = ["test"]', detect: 'exit 9' }),
      script({ id: 'det22/fine' }),
    ]);
    expect(ids(found(await detect([group(tests, fine)])).group)).toEqual(['det22/fine']);
    expect(await detect([group(tests)])).toMatchObject({ found: false, errors: false });
  });
});

describe('isolation', () => {
  test('a buildpack that is not relocatable is refused by name in mapped directories, unless they were asked for', async () => {
    const buildpack = await script({ id: 'fit/fixed' });
    await expect(detect([group(buildpack)], { isolation: 'auto' })).rejects.toMatchObject({
      code: 'ISOLATION_UNAVAILABLE',
      message: 'Cannot run buildpack "fit/fixed@1.0.0" in mapped directories: it does not say that it is relocatable',
    });
    expect(found(await detect([group(buildpack)], { isolation: 'mapped' })).group).toEqual([buildpack]);
  });

  test('a buildpack that nobody vetted is refused where nothing is hidden from it', async () => {
    const buildpack = await script({ id: 'fit/unvetted' });
    const environment = {
      ...phases.environment,
      isolation: 'real' as const,
      mechanism: 'directories at /',
      hides: false,
    };
    expect(() => requireFit(buildpack, environment, 'auto')).toThrow('nothing on this machine can be hidden from it');
    expect(() => requireFit(buildpack, environment, 'real')).not.toThrow();
  });
});

describe('environment', () => {
  test('ENV-01 and ENV-18 to ENV-22 detection starts from an allow-list and sees the user unless it wants none', async () => {
    const seen = join(phases.root, 'variables');
    const env = { BP_X: 'from the user\n', HOME_PAGE: 'y' };
    const show = `{ env; echo "file=$(cat "$CNB_PLATFORM_DIR/env/BP_X")"; } > ${seen}`;
    found(await detect([group(await script({ id: 'env01/all', detect: show }))], { env }));
    const all = readFileSync(seen, 'utf8').split('\n');
    expect(all).toContain('BP_X=from the user');
    expect(all).toContain('HTTP_PROXY=http://proxy:1');
    expect(all).toContain(`HOME=${phases.environment.paths.home.inside}`);
    expect(all.some((line) => line.startsWith('SECRET'))).toBe(false);
    found(await detect([group(await script({ id: 'env01/clear', about: 'clear-env = true', detect: show }))], { env }));
    const clear = readFileSync(seen, 'utf8').split('\n');
    expect(clear).toContain('file=from the user');
    expect(clear.some((line) => line.startsWith('BP_X'))).toBe(false);
  });
});
