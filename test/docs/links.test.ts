import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { repositoryRoot } from '../../scripts/repository-root.ts';

const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '*.md'], {
  cwd: repositoryRoot,
  encoding: 'utf8',
})
  .split('\0')
  .filter((file) => file !== '' && existsSync(join(repositoryRoot, file)));

test('every link between the documents leads to a file', () => {
  const broken = files.flatMap((file) => {
    const prose = readFileSync(join(repositoryRoot, file), 'utf8').replaceAll(/^```[\s\S]*?^```$/gm, '');
    return [...prose.matchAll(/\]\((?<target>[^)\s]+)\)/g)]
      .map((match) => match.groups?.['target'] ?? '')
      .filter((target) => !/^(?:https?:|mailto:|#)/.test(target))
      .filter((target) => !existsSync(join(repositoryRoot, dirname(file), target.replace(/#.*/, ''))))
      .map((target) => `${file}: ${target}`);
  });
  expect(files).toContain('README.md');
  expect(broken).toEqual([]);
});
