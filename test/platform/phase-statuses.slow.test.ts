import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { exampleRig, type PhasesRig } from './phases-rig.ts';

let rig: PhasesRig;

beforeAll(async () => {
  rig = await exampleRig();
});

const status: PhasesRig['status'] = (words, env) => rig.status(words, env);

describe('exit statuses', () => {
  test.each([undefined, '0.6', '0.16', 'x'])(
    'CNB_PLATFORM_API=%s ends with 11 [VER-03] [VER-04] [VER-05] [EXI-01]',
    (api) => {
      expect(status(['detector', '--what-is-this'], { CNB_PLATFORM_API: api })).toBe(11);
    },
  );

  test('phases that start buildpacks refuse root with 1 [DET-21] [SEC-04]', () => {
    for (const phase of ['detector', 'builder']) {
      const { exitCode, message } = rig.runAsRoot([phase]);
      expect({ exitCode, message }).toEqual({ exitCode: 1, message: `Cannot run the ${phase} as root` });
    }
  });

  test('flags that a phase does not have end with 2, words that it does not want with 3 [VER-14] [VER-15] [EXI-01]', () => {
    expect(status(['detector', '-bogus'])).toBe(2);
    expect(status(['detector', '-system', 'x'], { CNB_PLATFORM_API: '0.14' })).toBe(2);
    expect(status(['builder', '-build-config', 'x'], { CNB_PLATFORM_API: '0.10' })).toBe(2);
    for (const phase of ['detector', 'restorer', 'builder']) expect(status([phase, 'word'])).toBe(3);
    for (const phase of ['analyzer', 'creator', 'exporter', 'rebaser']) expect(status([phase])).toBe(3);
    expect(status(['extender'])).toBe(3);
    expect(status(['detect', '-version'])).toBe(0);
    for (const name of ['analyze', 'restore', 'build', 'export', 'create', 'rebase']) {
      expect(status([name, '-version'])).toBe(0);
    }
  });

  test('-daemon ends with 3 in every phase that has it, before anything is done [EXI-01]', () => {
    const phases = [['analyzer', 'app'], ['restorer'], ['exporter', 'app'], ['creator', 'app'], ['rebaser', 'app']];
    for (const [phase = '', ...images] of phases) {
      const { exitCode, message } = rig.run([phase, '-daemon', ...images]);
      const expected = `Cannot run the ${phase} with -daemon: no phase uses a Docker daemon`;
      expect({ exitCode, message }).toEqual({ exitCode: 3, message: expected });
      const { message: byVariable } = rig.run([phase, ...images], { CNB_USE_DAEMON: 'true' });
      expect(byVariable).toBe(expected.replace('-daemon', 'CNB_USE_DAEMON'));
    }
    // The others have no such flag, and the variable is nothing to them.
    expect(status(['detector', '-daemon'])).toBe(2);
    rig.order(['a/passes']);
    expect(status(['detector'], { CNB_USE_DAEMON: 'true' })).toBe(0);
  });

  test('detection: 20 when none fits, 21 with an error, 12 for an API, 1 for what cannot be read [DET-16] [EXI-02] [VER-06] [VER-07] [ORD-08] [ORD-18]', () => {
    rig.order(['a/fails']);
    expect(status(['detector'])).toBe(20);
    rig.order(['a/errs']);
    expect(status(['detector'])).toBe(21);
    rig.order(['a/passes'], ['a/old']);
    expect(status(['detector'])).toBe(12);
    rig.order(['a/nowhere']);
    expect(status(['detector'])).toBe(1);
    expect(status(['detector'], { CNB_ORDER_PATH: '/nowhere' })).toBe(1);
  });

  test('a composite that names nobody ends with 22, one that contains itself too [ORD-08] [ORD-09] [EXI-02]', () => {
    const inner = (id: string): string => `[[order]]\n[[order.group]]\nid = "${id}"\nversion = "1.0.0"\n`;
    rig.buildpack({ id: 'a/composite', toml: inner('a/nowhere') });
    rig.order(['a/composite']);
    expect(status(['detector'])).toBe(22);
    rig.buildpack({ id: 'a/composite', toml: inner('a/composite') });
    expect(status(['detector'])).toBe(22);
  });

  test('building: 51 for the buildpack, 52 for all else, 1 without a group [BLD-12] [BLD-18] [EXI-06]', () => {
    rig.order(['a/breaks']);
    expect(status(['detector'])).toBe(0);
    expect(status(['builder'])).toBe(51);
    rmSync(join(rig.dir, 'cnb/buildpacks/a_breaks/1.0.0/bin/build'));
    expect(status(['builder'])).toBe(51);
    expect(status(['builder'], { CNB_BUILDPACKS_DIR: '/nowhere' })).toBe(52);
    expect(status(['builder'], { CNB_GROUP_PATH: '/nowhere' })).toBe(1);
    expect(status(['builder'], { CNB_PLAN_PATH: '/nowhere' })).toBe(1);
    rig.write('empty.toml', '');
    expect(status(['builder'], { CNB_GROUP_PATH: join(rig.dir, 'empty.toml') })).toBe(0);
  });

  test('analysis and export: 3 for inputs, 32 and 62 for the rest [ANA-01] [ANA-05] [ANA-06] [EXP-01] [EXP-17] [EXP-26] [EXP-34] [EXI-04] [EXI-07]', () => {
    rig.order(['a/passes']);
    expect(status(['analyzer', 'app', 'b'])).toBe(3);
    expect(status(['analyzer', '-tag', 'x.example/app', 'app'])).toBe(3);
    expect(status(['analyzer', 'app'], { CNB_RUN_PATH: '/nowhere' })).toBe(3);
    rig.write('layout/index.docker.io/library/broken/latest/index.json', '{');
    expect(status(['analyzer', '-run-image', 'broken', 'app'])).toBe(32);
    for (const words of [['analyzer', 'app'], ['detector'], ['builder']]) expect(status(words)).toBe(0);
    expect(status(['exporter', '-run-image', 'run', 'app'])).toBe(3);
    expect(status(['exporter', '-process-type', 'nope', 'app'])).toBe(62);
    expect(status(['exporter', 'app'], { CNB_ANALYZED_PATH: '/nowhere' })).toBe(3);
    expect(status(['exporter', 'app'])).toBe(0);
  });

  test('-layout is experimental and needs a directory [VER-12] [VER-13] [ANA-12]', () => {
    expect(status(['analyzer', 'app'], { CNB_LAYOUT_DIR: undefined })).toBe(3);
    for (const mode of [undefined, 'error']) {
      expect(status(['analyzer', 'app'], { CNB_EXPERIMENTAL_MODE: mode })).toBe(1);
    }
    for (const mode of ['warn', 'quiet', 'silent']) {
      const answer = rig.run(['analyzer', 'app'], { CNB_EXPERIMENTAL_MODE: mode });
      expect(answer.exitCode).toBe(0);
      expect(answer.events.some(({ type }) => type === 'warning')).toBe(mode === 'warn');
    }
    expect(rig.analyzed.runImage?.reference).toMatch(/layout\/index\.docker\.io\/library\/run\/latest@sha256:/);
  });

  test('a recorded API that nobody knows ends with 12 in every phase [VER-08] [EXI-12] [RST-18]', () => {
    rig.write('old-group.toml', '[[group]]\nid = "a/passes"\nversion = "1.0.0"\napi = "0.6"\n');
    const env = { CNB_GROUP_PATH: join(rig.dir, 'old-group.toml') };
    for (const words of [['restorer'], ['builder'], ['exporter', 'app']]) expect(status(words, env)).toBe(12);
  });
});
