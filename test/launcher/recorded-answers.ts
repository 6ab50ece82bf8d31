import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../../scripts/repository-root.ts';
import type { Answer } from './launch-case.ts';

/** test/launcher/expected.json: what the reference launcher did with every case. */
export interface RecordedAnswers {
  readonly reference: Recording;
  /** By the name of the case. */
  readonly answers: Readonly<Record<string, Answer>>;
}

export interface Recording {
  /** Of the reference lifecycle. */
  readonly version: string;
  /** Of the binary that was asked. */
  readonly digest: string;
  /** The generated cases have the seeds from here on … */
  readonly seed: number;
  /** … as many as this. */
  readonly generated: number;
}

const file = join(repositoryRoot, 'test', 'launcher', 'expected.json');

export function readRecordedAnswers(): RecordedAnswers {
  return JSON.parse(readFileSync(file, 'utf8')) as RecordedAnswers;
}

/** One line a case, so that a change shows as one. */
export function writeRecordedAnswers(reference: Recording, answers: ReadonlyMap<string, Answer>): void {
  const lines = [...answers].map(([name, answer]) => `${JSON.stringify(name)}: ${JSON.stringify(answer)}`);
  writeFileSync(file, `{"reference": ${JSON.stringify(reference)},\n"answers": {\n${lines.join(',\n')}\n}}\n`);
}
