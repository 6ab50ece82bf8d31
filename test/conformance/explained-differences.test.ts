import { describe, expect, test } from 'vitest';
import { verdictOf } from '../../scripts/conformance/show-verdicts.ts';
import { packageVersion } from '../../src/fs/package-root.ts';
import type { ScenarioAnswer } from './harness/answer.ts';
import { readScenario } from './harness/read-scenarios.ts';
import { readRecorded } from './harness/recorded-answers.ts';

/** Facts of an answer by their paths; undefined is one that is not there. */
type Facts = Readonly<Record<string, unknown>>;

interface Case {
  readonly row: string;
  readonly scenario: string;
  /** What ours has otherwise, and may. */
  readonly explained: Facts;
  /** What ours has otherwise beside that, and may not, one at a time. */
  readonly reported: readonly Facts[];
}

const labels = '0/image/config/config/Labels';
const plain = 'CRE-01-application-unchanged-image-unchanged';
const rightReference = '/layout/index.docker.io/library/run/latest@sha256:';
const setuid = 'RST-14-modes-and-links-through-the-cache';
const other = `sha256:${'0'.repeat(64)}`;

const cases: readonly Case[] = [
  {
    row: 'LBL-10',
    scenario: plain,
    explained: { [`${labels}/io.buildpacks.build.metadata/buildpacks/0/api`]: '0.12' },
    reported: [
      { [`${labels}/io.buildpacks.build.metadata/buildpacks/0/api`]: '0.11' },
      { [`${labels}/io.buildpacks.build.metadata/buildpacks/0/version`]: '2.0.0' },
    ],
  },
  {
    row: 'LBL-12',
    scenario: 'EXP-19-platform-api-0.9',
    explained: { [`${labels}/io.buildpacks.build.metadata/launcher/source/git/commit`]: '' },
    // Before 0.11 the specification has none.
    reported: [{ [`${labels}/io.buildpacks.build.metadata/buildpacks/0/api`]: '0.12' }],
  },
  {
    row: 'LBL-08',
    scenario: plain,
    explained: { [`${labels}/io.buildpacks.lifecycle.metadata/exec-env`]: 'production' },
    reported: [
      { [`${labels}/io.buildpacks.lifecycle.metadata/exec-env`]: 'test' },
      { [`${labels}/io.buildpacks.exec-env`]: 'test' },
    ],
  },
  {
    row: 'LBL-12',
    scenario: plain,
    explained: { [`${labels}/io.buildpacks.build.metadata/launcher/version`]: packageVersion() },
    reported: [
      { [`${labels}/io.buildpacks.build.metadata/launcher/version`]: '' },
      { [`${labels}/io.buildpacks.build.metadata/launcher/more`]: 'x' },
    ],
  },
  {
    row: 'LBL-05',
    scenario: plain,
    explained: {
      [`${labels}/io.buildpacks.lifecycle.metadata/runImage/reference`]: recordedAt(
        plain,
        '0/documents/analyzed.toml/run-image/reference',
      ),
    },
    reported: [
      { [`${labels}/io.buildpacks.lifecycle.metadata/runImage/reference`]: `${rightReference}${'0'.repeat(64)}` },
      { [`${labels}/io.buildpacks.lifecycle.metadata/runImage/topLayer`]: other },
      { '0/documents/analyzed.toml/run-image/reference': `${rightReference}${'0'.repeat(64)}` },
    ],
  },
  {
    row: 'ENV-14',
    scenario: 'ENV-11-append-and-prepend-with-delimiters',
    explained: { '0/programs/build e_two@1.0.0/env/A': 'l1;bl1;l2;bl2' },
    reported: [
      { '0/programs/build e_two@1.0.0/env/A': 'l1,bl1;l2,bl2' },
      { '0/programs/build e_two@1.0.0/env/A': 'l1;bl1;l2;bl2;more' },
      { '0/programs/build e_two@1.0.0/env/A': ';l1;bl1;l2;bl2' },
      { '0/programs/build e_two@1.0.0/env/A': 'l1;bl1;l2;bl2;' },
      { '0/programs/build e_two@1.0.0/env/N': 'other' },
    ],
  },
  {
    row: 'EXP-12',
    scenario: 'EXP-12-absolute-slices',
    explained: {
      '0/image/layers/3/entries': [
        ...entriesOf('EXP-12-absolute-slices', 4).slice(0, 1),
        ...entriesOf('EXP-12-absolute-slices', 4).filter((entry) => entry.includes('a.txt')),
      ],
      '0/image/layers/4/entries': entriesOf('EXP-12-absolute-slices', 4).filter((entry) => !entry.includes('a.txt')),
    },
    reported: [
      // A file that no layer has.
      { '0/image/layers/4/entries': entriesOf('EXP-12-absolute-slices', 4).slice(0, 1) },
      { '0/image/layers/5/diffId': other },
      { '0/documents/group.toml/group/0/version': '2' },
    ],
  },
  {
    row: 'EXP-36',
    scenario: 'EXP-02-everything-that-a-base-can-say',
    explained: {
      '0/image/config/config/Env': envOfOdd().map((entry) => (entry.startsWith('PATH=') ? `${entry}/a=b:/c` : entry)),
    },
    reported: [
      {
        '0/image/config/config/Env': envOfOdd().map((entry) => (entry.startsWith('PATH=') ? `${entry}/a` : entry)),
      },
      { '0/image/config/config/Env': envOfOdd().slice(1) },
    ],
  },
  {
    row: 'ORD-15',
    scenario: 'ORD-15-optional-system-buildpack',
    explained: { '0/exit': 0 },
    reported: [{ '0/exit': 21 }],
  },
  {
    row: 'PRC-03',
    scenario: 'PRC-03-process-type-of-odd-characters',
    explained: { '0/exit': 52 },
    reported: [{ '0/exit': 0 }, { '0/exit': 51 }],
  },
  {
    row: 'PRC-03',
    scenario: 'PRC-03-process-type-that-the-reference-takes',
    explained: { '0/exit': 52 },
    reported: [{ '0/exit': 62 }, { '0/image/config/config/Entrypoint': ['/other'] }],
  },
  {
    row: 'PRC-01',
    scenario: 'PRC-01-empty-command',
    explained: { '0/exit': 52 },
    reported: [{ '0/exit': 62 }, { '0/exit': 51 }],
  },
  {
    row: 'PRC-15',
    scenario: 'PRC-15-label-without-a-key',
    explained: { '0/exit': 52 },
    reported: [{ '0/exit': 62 }],
  },
  {
    row: 'PRC-16',
    scenario: 'PRC-16-label-of-the-lifecycle-itself',
    explained: { [`${labels}/io.buildpacks.project.metadata`]: {} },
    reported: [{ [`${labels}/io.buildpacks.project.metadata`]: 'other' }, { [`${labels}/fine`]: 'no' }],
  },
  {
    row: 'RBS-13',
    scenario: 'RBS-08-rebase-on-a-mirror',
    explained: {
      '3/image/config/history/0/created_by': 'shell',
      '3/image/config/history/5/created_by': 'Application Layer',
    },
    reported: [
      { '3/image/config/history/0/created_by': 'distribution' },
      { '3/image/config/history/5/created_by': 'Software Bill-of-Materials' },
      { '3/image/config/history/0/created': '2026-01-01T00:00:00Z' },
    ],
  },
  {
    row: 'RBS-18',
    scenario: 'RBS-18-label-of-an-old-image',
    explained: { '3/exit': 0 },
    reported: [{ '3/exit': 1 }, { '2/exit': 72 }],
  },
  {
    row: 'RST-08',
    scenario: 'RST-08-archive-that-was-broken',
    explained: { '1/programs/build c_one@1.0.0/restored': [] },
    reported: [
      { '1/programs/build c_one@1.0.0/restored': ['f 644 {} c.toml'] },
      { '1/cache/files': ['io.buildpacks.lifecycle.cache.metadata'] },
    ],
  },
  {
    row: 'RST-14',
    scenario: setuid,
    explained: { '1/programs/build r_one@1.0.0/restored': withSetuid() },
    reported: [
      { '0/programs/build r_one@1.0.0/restored': ['f 4755 "s\\n" c/setuid'] },
      { '1/programs/build r_one@1.0.0/restored': withSetuid().map((line) => line.replace('f 4755', 'f 2755')) },
      { '1/programs/build r_one@1.0.0/restored': withSetuid().slice(1) },
      { '1/image/layers/2/diffId': other },
      { '1/cache/files': [`${other}.tar`, 'io.buildpacks.lifecycle.cache.metadata'] },
    ],
  },
  {
    row: 'TGT-13',
    scenario: 'TGT-13-optional-buildpack-for-another-architecture',
    explained: { '0/documents/group.toml/group': [{ id: 'acme/one', version: '1.0.0', api: '0.12' }] },
    reported: [
      { '0/documents/group.toml/group': [{ id: 'acme/one', version: '2.0.0', api: '0.12' }] },
      { '0/programs/detect acme_one@1.0.0/runs': 2 },
      { '0/image/config/config/Entrypoint': ['/other'] },
    ],
  },
];

describe.each(cases)('$row in $scenario', ({ row, scenario, explained, reported }) => {
  test('explains what ours has for it', () => {
    const { unexplained, rows } = verdict(scenario, explained);
    expect(unexplained).toEqual([]);
    expect([...rows]).toEqual([row]);
  });

  test.each(reported)('does not explain what stands beside it: %j', (facts) => {
    expect(verdict(scenario, facts).unexplained.length).toBeGreaterThan(0);
  });
});

function answerOf(scenario: string): ScenarioAnswer {
  const known = readRecorded(scenario);
  if (known === undefined) throw new Error(`Nothing is recorded of ${scenario}`);
  return known.recorded.answer;
}

function verdict(name: string, facts: Facts): ReturnType<typeof verdictOf> {
  const answer = answerOf(name);
  const ours = JSON.parse(JSON.stringify(answer)) as ScenarioAnswer;
  for (const [path, value] of Object.entries(facts)) setAt(ours, path.split('/'), value);
  return verdictOf({ scenario: readScenario(name), reference: { answer }, ours: { answer: ours } });
}

function setAt(value: unknown, keys: readonly string[], fact: unknown): void {
  const [key = '', ...others] = keys;
  const table = value as Record<string, unknown>;
  if (others.length === 0) table[key] = fact;
  else setAt(table[key], others, fact);
}

function at(value: unknown, path: string): unknown {
  return path.split('/').reduce<unknown>((inner, key) => (inner as Record<string, unknown>)[key], value);
}

function recordedAt(scenario: string, path: string): unknown {
  return at(answerOf(scenario), path);
}

function entriesOf(scenario: string, layer: number): readonly string[] {
  return recordedAt(scenario, `0/image/layers/${layer}/entries`) as readonly string[];
}

function envOfOdd(): readonly string[] {
  return recordedAt('EXP-02-everything-that-a-base-can-say', '0/image/config/config/Env') as readonly string[];
}

function withSetuid(): readonly string[] {
  const restored = recordedAt(setuid, '1/programs/build r_one@1.0.0/restored') as readonly string[];
  return restored.map((line) => (/ c\/(setuid|hard)$/.test(line) ? line.replace('f 755', 'f 4755') : line));
}
