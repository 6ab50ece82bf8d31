import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseDeprecationMode, requirePlatformApi } from '../../cnb/api-version.ts';
import type { Event, Report } from '../../events.ts';
import { removeTree } from '../../fs/remove-tree.ts';
import { heldCredentials } from '../../registry/credentials.ts';
import { openStore } from '../../store/open-store.ts';
import type { Surroundings } from '../build-options.ts';
import { runAnalyzer } from './analyzer.ts';
import { runBuilder } from './builder.ts';
import { runCreator } from './creator.ts';
import { runDetector } from './detector.ts';
import { runExporter } from './exporter.ts';
import type { ConnectedContext, PhaseContext } from './phase-context.ts';
import { badInputs } from './phase-error.ts';
import { phaseImages, refuseDaemon } from './phase-images.ts';
import { readPhaseInputs, type PhaseInputs } from './phase-inputs.ts';
import { flagsOf, type PhaseName } from './phase-flags.ts';
import { becomeBuildUser, homeOf } from './privileges.ts';
import { runRebaser } from './rebaser.ts';
import { runRestorer } from './restorer.ts';

/** Also by the names that the reference has for subcommands (VER-14). */
const phases: ReadonlyMap<string, PhaseName> = new Map([
  ['analyzer', 'analyzer'],
  ['analyze', 'analyzer'],
  ['detector', 'detector'],
  ['detect', 'detector'],
  ['restorer', 'restorer'],
  ['restore', 'restorer'],
  ['builder', 'builder'],
  ['build', 'builder'],
  ['exporter', 'exporter'],
  ['export', 'exporter'],
  ['creator', 'creator'],
  ['create', 'creator'],
  ['rebaser', 'rebaser'],
  ['rebase', 'rebaser'],
]);

const hermetic = { detector: runDetector, builder: runBuilder } as const;
const connected = {
  analyzer: runAnalyzer,
  restorer: runRestorer,
  exporter: runExporter,
  creator: runCreator,
  rebaser: runRebaser,
} as const;

/** What there is to print, if anything. */
export type PhaseOutcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'version' }
  | { readonly kind: 'help'; readonly flags: readonly string[] };

/**
 * One phase of the platform specification as a platform calls it: flags, CNB_* variables and files in, files and images out. Throws
 * errors with the exit status that the specification has for the phase (EXI-01 to EXI-12).
 */
export async function runPhase(
  name: string,
  words: readonly string[],
  surroundings: Surroundings,
): Promise<PhaseOutcome> {
  const { env, cwd } = surroundings;
  const phase = phases.get(name);
  if (phase === undefined) {
    throw badInputs(
      `Cannot run phase "${name}": there is none of this name`,
      `Valid are ${[...phases.keys()].join(', ')}`,
    );
  }
  // Before anything else is looked at (VER-03).
  const platformApi = requirePlatformApi(env['CNB_PLATFORM_API'], parseDeprecationMode(env['CNB_DEPRECATION_MODE']));
  const inputs = readPhaseInputs(phase, words, { platformApi, env, cwd });
  if (inputs === undefined) return { kind: 'help', flags: [...flagsOf(phase, platformApi).keys()].toSorted() };
  if (inputs.isSet('version')) return { kind: 'version' };
  refuseDaemon(inputs);
  const report = atLevel(surroundings.report, inputs.text('log-level'));
  const context: PhaseContext = { inputs, surroundings: { ...surroundings, report } };
  if (phase === 'detector' || phase === 'builder') await hermetic[phase](context);
  else await withStore(context, connected[phase]);
  return { kind: 'done' };
}

/** As the build user, with a store that lasts as long as the phase: what is kept is in the cache that the platform named. */
async function withStore(
  { inputs, surroundings }: PhaseContext,
  run: (context: ConnectedContext) => Promise<void>,
): Promise<void> {
  const uid = inputs.number('uid');
  const images = ownedDirectories(inputs);
  const { env } = surroundings;
  // From the home of who called us, which the build user may not look into (ANA-14); below, HOME is the build user's.
  const findCredential = await heldCredentials(env);
  becomeBuildUser({ uid, gid: inputs.number('gid') }, images);
  const home = inputs.phase === 'creator' && uid !== 0 ? homeOf(uid) : undefined;
  const own: Surroundings = {
    ...surroundings,
    findCredential,
    env: home === undefined ? env : { ...env, HOME: home },
  };
  const dir = mkdtempSync(join(tmpdir(), 'tsbuildpack-store-'));
  try {
    const store = await openStore(dir, { report: own.report, now: own.now });
    try {
      await run({ inputs, surroundings: own, store, images: phaseImages(inputs, { store, surroundings: own }) });
    } finally {
      store.close();
    }
  } finally {
    await removeTree(dir);
  }
}

function ownedDirectories(inputs: PhaseInputs): readonly string[] {
  const directories = inputs.phase === 'exporter' ? ['cache-dir'] : ['layers', 'cache-dir'];
  return inputs.phase === 'rebaser' ? [] : directories.map((name) => inputs.text(name));
}

/** CNB_LOG_LEVEL decides what is told, not how. */
function atLevel(report: Report, level: string): Report {
  if (level === 'debug') {
    return (event: Event) => report(event.type === 'debug' ? { type: 'info', message: event.message } : event);
  }
  if (!['warn', 'error', 'fatal', 'quiet'].includes(level)) return report;
  return (event: Event) => {
    if (event.type === 'warning' && level === 'warn') report(event);
  };
}
