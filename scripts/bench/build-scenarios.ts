import { appendFileSync, existsSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../repository-root.ts';
import { type Comparison, type Contender, pipeline } from './compare.ts';

const cli = join(repositoryRoot, 'dist', 'cli.js');

/** Whole builds by the command, in this order: each starts from what the one before left in the store. */
export function buildScenarios(app: string, work: string): readonly Comparison[] {
  const store = join(work, 'store');
  const build: Contender = {
    name: 'tsbuildpack build',
    argv: [process.execPath, cli, 'build', app, '-t', 'bench', '--store', store],
  };
  const pack = pipeline('tar | pigz -1', `tar --sort=name -C '${app}' -cf - . | pigz -1 >'${work}/layer.tar.gz'`);
  const empty = join(work, 'empty.cjs');
  writeFileSync(empty, '');
  return [
    {
      scenario: 'Cold: nothing is in the store',
      ours: { ...build, before: counted((count) => setAside(store, count)) },
      baseline: pack,
    },
    {
      scenario: 'One file changed since the last build (the pipeline knows of no last time)',
      ours: {
        ...build,
        before: counted((count) => appendFileSync(join(app, 'part-0', 'module-0', 'file-0.js'), `// ${count}\n`)),
      },
      baseline: pack,
    },
    {
      scenario: 'Unchanged: the same build again',
      ours: build,
      baseline: pipeline(
        'find | openssl dgst',
        `find '${app}' -printf '%p %m %s %T@ %C@ %i\\n' | openssl dgst -sha256`,
      ),
    },
    {
      scenario: 'Start-up',
      ours: { name: 'tsbuildpack --version', argv: [process.execPath, cli, '--version'] },
      baseline: { name: 'node empty.cjs', argv: [process.execPath, empty] },
    },
  ];
}

function counted(action: (count: number) => void): () => void {
  let count = 0;
  return () => {
    count += 1;
    action(count);
  };
}

/** Not removed until the end: see scripts/bench.ts. */
function setAside(store: string, count: number): void {
  if (existsSync(store)) renameSync(store, `${store}-${count}`);
}
