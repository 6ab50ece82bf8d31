import { existsSync } from 'node:fs';
import type { Analyzed } from '../../cnb/analyzed.ts';
import { atLeast } from '../../cnb/api-version.ts';
import { sameBuildpackId } from '../../cnb/buildpack-id.ts';
import { appliesIn } from '../../cnb/exec-env.ts';
import { writeGroup } from '../../cnb/group.ts';
import { parseOrderToml } from '../../cnb/order-toml.ts';
import { writePlan } from '../../cnb/plan.ts';
import { parseSystemToml, type SystemEntry } from '../../cnb/system-toml.ts';
import type { OrderGroup } from '../../lifecycle/create-request.ts';
import { detect, type Detected } from '../../lifecycle/detect.ts';
import { noGroupError } from '../../lifecycle/no-group-error.ts';
import { groupEntry } from '../../lifecycle/build.ts';
import { BuildpacksDirectory } from './buildpacks-directory.ts';
import { requireExperimentalExtensions } from './experimental.ts';
import { ExtensionsDirectory } from './extensions-directory.ts';
import { generateInto } from './generator.ts';
import { badInputs, failingWith, generalStatus } from './phase-error.ts';
import { givenVariables, inGivenDirectories, targetOf, writeDocument, type PhaseContext } from './phase-context.ts';
import { refuseRoot } from './privileges.ts';
import { readAnalyzed, readDocument } from './read-documents.ts';

export const detectError = 22;
/** Of a detection in which buildpacks had errors. */
const detectErrors = 21;

/** https://github.com/buildpacks/spec/blob/main/platform.md#detector */
export async function runDetector(context: PhaseContext): Promise<void> {
  const { inputs, surroundings } = context;
  if (inputs.arguments.length > 0) throw badInputs('Cannot run the detector: it takes no arguments');
  refuseRoot('detector');
  const analyzed = await readAnalyzed(inputs.text('analyzed'), surroundings.report);
  const detected = await detectInto(analyzed, context);
  if (detected.extensions.length > 0) await generateInto(detected, analyzed, context);
}

/** Finds the group and writes group.toml and plan.toml. */
export async function detectInto(analyzed: Analyzed, context: PhaseContext): Promise<Detected> {
  const { inputs, surroundings } = context;
  const { report, env: hostEnv, signal } = surroundings;
  const directory = new BuildpacksDirectory(inputs.text('buildpacks'), report);
  const { order, extensions } = await failingWith(generalStatus.failed, () => readOrder(context, directory));
  const entries = order.flatMap((group) => group.entries.map(({ buildpack }) => buildpack.descriptor));
  return await failingWith(detectError, async () => {
    const target = targetOf(analyzed);
    const { execEnv, platformApi } = inputs;
    const buildpacks = await directory.reachable(entries);
    const request = {
      order,
      extensions,
      buildpacks,
      target,
      appPath: '.',
      execEnv,
      platformApi,
      isolation: 'real' as const,
    };
    // Variables that cannot be read are an error of every buildpack that would get them (ENV-20).
    const variables = await failingWith(detectErrors, () => givenVariables(inputs));
    const result = await inGivenDirectories(context, target, (environment) =>
      detect({ ...request, ...variables }, { environment, hostEnv, report, signal }),
    );
    if (!result.found) {
      throw noGroupError(result, { app: inputs.text('app'), appPath: '.', hiddenBy: () => undefined });
    }
    const [group, groupExtensions] = [result.group.map(groupEntry), result.extensions.map(groupEntry)];
    writeDocument(inputs.text('group'), writeGroup({ group, groupExtensions }));
    writeDocument(inputs.text('plan'), writePlan(result.plan));
    return result;
  });
}

interface WishedEntry {
  readonly id: string;
  readonly version: string;
  readonly optional: boolean;
  readonly execEnv?: readonly string[];
}

interface ReadOrder {
  readonly order: readonly OrderGroup[];
  readonly extensions: readonly OrderGroup[];
}

/** Everything that it names is looked up before anything runs, in whatever group it is (VER-07, ORD-08). */
async function readOrder({ inputs, surroundings }: PhaseContext, directory: BuildpacksDirectory): Promise<ReadOrder> {
  const { order, extensions } = readDocument(
    inputs.text('order'),
    (text, file) => parseOrderToml(text, file, 'ORDER_INVALID'),
    'ORDER_INVALID',
  );
  const groups: OrderGroup[] = [];
  for (const group of withSystem(order, { inputs, surroundings })) {
    const entries: { buildpack: OrderGroup['entries'][number]['buildpack']; optional: boolean }[] = [];
    for (const { id, version, optional } of group)
      entries.push({ buildpack: await directory.find(id, version), optional });
    groups.push({ entries });
  }
  // Platform API 0.9 knows none.
  if (extensions.length === 0 || !atLeast(inputs.platformApi, '0.10')) return { order: groups, extensions: [] };
  if (inputs.phase === 'detector') requireExperimentalExtensions({ inputs, surroundings });
  const found = new ExtensionsDirectory(inputs.text('extensions'), surroundings.report);
  const optionals = extensions.map((group) => ({
    entries: group.map(({ id, version }) => ({ buildpack: found.find(id, version), optional: true })),
  }));
  return { order: groups, extensions: optionals };
}

/** ORD-13 to ORD-15, ORD-19 */
function withSystem(
  order: readonly (readonly WishedEntry[])[],
  { inputs }: PhaseContext,
): readonly (readonly WishedEntry[])[] {
  if (!atLeast(inputs.platformApi, '0.15')) return order;
  const here = order.map((group) => group.filter(({ execEnv = [] }) => appliesIn(execEnv, inputs.execEnv)));
  const file = inputs.text('system');
  if (!existsSync(file)) return here;
  const { pre, post } = readDocument(
    file,
    (text, name) => parseSystemToml(text, name, 'ORDER_INVALID'),
    'ORDER_INVALID',
  );
  const missingIn = (group: readonly WishedEntry[], system: readonly SystemEntry[]): readonly WishedEntry[] =>
    system.filter(({ id }) => !group.some((entry) => sameBuildpackId(entry.id, id)));
  return here.map((group) => [...missingIn(group, pre), ...group, ...missingIn(group, post)]);
}
