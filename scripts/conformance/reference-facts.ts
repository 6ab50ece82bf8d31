import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RecordedReference } from '../../test/conformance/harness/recorded-answers.ts';

/** Who answers, by its own account and by its bytes. */
export function referenceFacts(dir: string): RecordedReference {
  const binary = join(dir, 'lifecycle');
  const version = execFileSync(binary, ['-version'], { encoding: 'utf8' }).split('+')[0]?.trim() ?? '';
  return { version, digest: `sha256:${createHash('sha256').update(readFileSync(binary)).digest('hex')}` };
}
