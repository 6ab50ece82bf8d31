import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cliReference } from '../../scripts/docs/cli-reference.ts';
import { repositoryRoot } from '../../scripts/repository-root.ts';

test('docs/cli.md is what `npm run docs` makes of the command definitions', () => {
  expect(readFileSync(join(repositoryRoot, 'docs', 'cli.md'), 'utf8')).toBe(cliReference());
});
