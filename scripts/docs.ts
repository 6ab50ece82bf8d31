// `npm run docs`: writes the documents that are made from code. A test fails when they are not up to date.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cliReference } from './docs/cli-reference.ts';
import { conformancePage } from './docs/conformance-page.ts';
import { repositoryRoot } from './repository-root.ts';

writeFileSync(join(repositoryRoot, 'docs', 'cli.md'), cliReference());
writeFileSync(join(repositoryRoot, 'docs', 'conformance.md'), conformancePage());
