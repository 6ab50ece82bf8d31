import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Buildpack } from '../../buildpack/buildpack.ts';
import type { Detected, GroupTrial } from '../../lifecycle/detect.ts';
import type { BuildOptions } from '../../platform/build-options.ts';
import { detectProject, listSourceOf } from '../../platform/detect-project.ts';
import type { SourceTree } from '../../source/source-tree.ts';
import { flagOption, type CommandResult, type Invocation } from '../command.ts';
import { explainTrials, trialData } from '../render/explain-trials.ts';
import { formatBytes, formatTable, printable } from '../render/format.ts';
import { readBuildOptions } from './build-options.ts';

export async function run(invocation: Invocation): Promise<CommandResult> {
  const options = readBuildOptions(invocation);
  if (flagOption(invocation.options, 'list')) return listing(await listSourceOf(options, invocation));
  return flagOption(invocation.options, 'explain')
    ? explained(options, invocation)
    : groupFound(await detectProject(options, invocation));
}

/** Where none fits, the explanation comes before the error. */
async function explained(options: BuildOptions, invocation: Invocation): Promise<CommandResult> {
  const groups: GroupTrial[] = [];
  try {
    const { lines, json } = groupFound(await detectProject(options, invocation, (trial) => groups.push(trial)));
    return { lines: [...explainTrials(groups), '', ...lines], json: { ...json, groups: groups.map(trialData) } };
  } catch (error) {
    for (const message of explainTrials(groups)) invocation.report({ type: 'info', message });
    throw error;
  }
}

function groupFound({ group, extensions, plan, trials, alternatives }: Detected): CommandResult {
  const others = alternatives.map((other) => other.map(nameOf));
  const entries = plan.entries.map(({ requires, providers }) => ({
    name: requires[0]?.name ?? '',
    providers: providers.map(({ id }) => id),
  }));
  return {
    lines: [
      ...formatTable(
        trials.map(({ buildpack, result, reason = '' }) => [result, nameOf(buildpack), printable(reason)]),
      ),
      '',
      'Group:',
      ...group.map((buildpack) => `  ${nameOf(buildpack)}`),
      ...(extensions.length > 0 ? ['Image extensions:', ...extensions.map((one) => `  ${nameOf(one)}`)] : []),
      ...(entries.length > 0
        ? ['Plan:', ...entries.map(({ name, providers }) => `  ${name}, provided by ${providers.join(', ')}`)]
        : []),
      ...others.map(
        (other) =>
          `Would fit too: ${other.join(', ')} (--buildpack ${other.map(withoutVersion).join(' --buildpack ')})`,
      ),
    ],
    json: {
      group: group.map(({ descriptor: { id, version } }) => ({ id, version })),
      extensions: extensions.map(({ descriptor: { id, version } }) => ({ id, version })),
      plan: entries,
      trials: trials.map(({ buildpack: { descriptor }, result, reason }) => ({
        id: descriptor.id,
        version: descriptor.version,
        result,
        reason,
      })),
      alternatives: others,
    },
  };
}

function nameOf({ descriptor: { id, version } }: Buildpack): string {
  return `${id}@${version}`;
}

function withoutVersion(name: string): string {
  return name.slice(0, name.lastIndexOf('@'));
}

function listing(source: SourceTree): CommandResult {
  const files = source.entries.filter(({ type }) => type !== 'directory');
  const total = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const hidden = hiddenPaths(source);
  return {
    lines: [
      ...formatTable(files.map(({ path, sizeBytes }) => [formatBytes(sizeBytes), printable(path)])),
      '',
      `${files.length} ${files.length === 1 ? 'file' : 'files'}, ${formatBytes(total)}`,
      ...(hidden.length > 0
        ? ['', 'Not in the build:', ...hidden.map(({ path, rule }) => `  ${printable(path)} (${printable(rule)})`)]
        : []),
    ],
    json: { root: source.root, appPath: source.appPath, files, totalBytes: total, hidden },
  };
}

/** What is beside the files that enter, with the rule that keeps it out. */
function hiddenPaths(source: SourceTree): readonly { readonly path: string; readonly rule: string }[] {
  const directories = source.entries.filter(({ type }) => type === 'directory').map(({ path }) => path);
  return ['', ...directories].flatMap((directory) =>
    readdirSync(join(source.root, directory)).flatMap((name) => {
      const path = directory === '' ? name : `${directory}/${name}`;
      const rule = source.hiddenBy(path);
      return rule === undefined ? [] : [{ path, rule }];
    }),
  );
}
