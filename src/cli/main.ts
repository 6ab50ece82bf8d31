#!/usr/bin/env node
import module from 'node:module';
import { packageVersion } from '../fs/package-root.ts';

// From Node 22.8 on; compiled code is kept between runs. https://nodejs.org/api/module.html#moduleenablecompilecachecachedir
if ('enableCompileCache' in module && typeof module.enableCompileCache === 'function') module.enableCompileCache();

const args = process.argv.slice(2);
if (args.length === 1 && (args[0] === '--version' || args[0] === '-V')) {
  // Nothing else is loaded for this: scripts ask it often.
  process.stdout.write(`${packageVersion()}\n`);
} else {
  const { runCommandLine } = await import('./run-command-line.ts');
  // Should the command end without an answer, Node would exit with 13 and say nothing that helps.
  const lost = (): void => {
    process.stderr.write('Error [INTERNAL] tsbuildpack ended in the middle of its work: please report it\n');
    process.exitCode = 1;
  };
  process.on('exit', lost);
  process.exitCode = await runCommandLine(args);
  process.removeListener('exit', lost);
}
