import { parse } from 'smol-toml';
import { atLeast, parseApiVersion } from '../../../src/cnb/api-version.ts';
import { packageVersion } from '../../../src/fs/package-root.ts';
import { valueAt, type AnswerPair } from './answer.ts';
import { compareBuilds, type Difference } from './compare-answers.ts';
import { isOfAbsoluteSlices, isOfLostSetuid } from './explained-layers.ts';
import { defaultPlatformApi, type Scenario } from './scenario.ts';
import { quoted } from './shell-text.ts';

/** A difference that a row of the conformance table asks for or allows. */
interface Explanation {
  readonly row: string;
  /** Why ours is otherwise. */
  readonly reason: string;
  /** As narrow as it can be: what ours has has to be right, not only different. */
  readonly explains: (difference: Difference, answers: AnswerPair) => boolean;
}

const buildLabel = 'image/config/config/Labels/io.buildpacks.build.metadata';

const explanations: readonly Explanation[] = [
  {
    row: 'LBL-10',
    reason: 'the specification has the API of every buildpack in the build metadata, the reference leaves it out',
    explains({ path, reference, ours }, answers) {
      const [, build, kind, index] =
        /^(\d+)\/(?:.+)\.build\.metadata\/(buildpacks|extensions)\/(\d+)\/api$/.exec(path) ?? [];
      if (index === undefined || reference !== undefined) return false;
      const group = kind === 'buildpacks' ? 'group' : 'group-extensions';
      // A rebase leaves no group.toml, and what the build said.
      const known = answers.ours
        .slice(0, Number(build) + 1)
        .map((one) => valueAt(one.documents, 'group.toml', group, index, 'api'));
      return isSince('0.11', answers.scenario) && ours === known.findLast((api) => api !== undefined);
    },
  },
  {
    row: 'LBL-08',
    reason:
      'the specification has the execution environment in the lifecycle’s metadata, the reference in a label of its own',
    explains({ path, reference, ours }, answers) {
      const isLabel = isIn(path, 'image/config/config/Labels/io.buildpacks.lifecycle.metadata/exec-env');
      const asked = answers.scenario.lifecycleEnv?.['CNB_EXEC_ENV'] ?? 'production';
      return isLabel && reference === undefined && ours === asked && isSince('0.15', answers.scenario);
    },
  },
  {
    row: 'LBL-12',
    reason: 'it describes the launcher of whoever built the image',
    explains: ({ path, ours }) =>
      (isIn(path, `${buildLabel}/launcher/version`) && ours === packageVersion()) ||
      (['repository', 'commit'].some((key) => isIn(path, `${buildLabel}/launcher/source/git/${key}`)) && ours === ''),
  },
  {
    row: 'LBL-05',
    reason: 'in a layout the reference writes the digest of the unfinished image, ours that of the run image',
    explains({ path, reference, ours }, answers) {
      const [, build] =
        /^(\d+)\/(?:image\/config\/config\/Labels\/io\.buildpacks\.lifecycle\.metadata\/runImage|(?:detected\/)?documents\/analyzed\.toml\/metadata\/run-image)\/reference$/.exec(
          path,
        ) ?? [];
      if (build === undefined || answers.scenario.registry === true) return false;
      // analyzed.toml has it right on both sides.
      const right = valueAt(answers.reference[Number(build)]?.documents, 'analyzed.toml', 'run-image', 'reference');
      return ours === right && String(reference).split('@')[0] === String(right).split('@')[0];
    },
  },
  {
    row: 'ENV-14',
    reason:
      'the specification has a delimiter for the whole layer, the reference for one directory: ours takes the one of env/ where a directory has none',
    explains({ path, reference, ours }, { scenario }) {
      const [, variable] = /\/programs\/build [^/]+\/env\/(.+)$/.exec(path) ?? [];
      if (variable === undefined || typeof reference !== 'string' || typeof ours !== 'string') return false;
      const [delimiter = '', ...others] = new Set(insertions(reference, ours));
      // None belongs at an empty value (ENV-11, ENV-12), whatever the directory.
      if (ours.startsWith(delimiter) && !reference.startsWith(delimiter)) return false;
      if (ours.endsWith(delimiter) && !reference.endsWith(delimiter)) return false;
      return others.length === 0 && isDelimiterInEnv(delimiter, { variable, scenario });
    },
  },
  {
    row: 'EXP-12',
    reason:
      'absolute patterns inside the application match, as the specification has it; the reference never matches one',
    explains: (difference, answers) =>
      mentions(answers.scenario, 'paths = ["/workspace/') && isOfAbsoluteSlices(difference, answers),
  },
  {
    row: 'EXT-07',
    reason: 'prepared output is where other output is, as the specification has it; the reference leaves it behind',
    explains({ path, reference, ours }, { scenario }) {
      if (!path.endsWith('/detected/generated') || !isSince('0.13', scenario)) return false;
      return Array.isArray(reference) && reference.length === 0 && isPrepared(ours, scenario);
    },
  },
  {
    row: 'EXT-23',
    reason:
      'without the instructions for the run image it would be another image, which is what the reference exports in a layout',
    explains({ path, reference, ours }, answers) {
      const [, build] = /^(\d+)\/exit$/.exec(path) ?? [];
      if (build === undefined || answers.scenario.registry === true || reference !== 0 || ours !== 1) return false;
      const { lastPhase, detected } = answers.ours[Number(build)] ?? {};
      return lastPhase === 'exporter' && valueAt(detected?.documents, 'analyzed.toml', 'run-image', 'extend') === true;
    },
  },
  {
    row: 'EXP-36',
    reason: 'a value may hold further equals signs, which the reference does not read',
    explains({ path, reference, ours }, { scenario: { runImage } }) {
      const base = runImage?.env?.find((entry) => /^PATH=.*=/.test(entry))?.slice('PATH='.length);
      return (
        isIn(path, 'image/config/config/Env') && base !== undefined && String(ours) === `${String(reference)}${base}`
      );
    },
  },
  {
    row: 'ORD-15',
    reason: 'a system buildpack may be optional, which the reference does not know',
    explains: ({ path, reference, ours }, { scenario: { files = {} } }) =>
      path.endsWith('/exit') &&
      reference === 20 &&
      ours === 0 &&
      /optional = true/.test(JSON.stringify(files['/cnb/system.toml'] ?? '')),
  },
  {
    row: 'PRC-01',
    reason:
      'the specification wants a command; the reference takes a process without one, which the launcher cannot start',
    explains: isRefused(0, ({ processes }) => processes.some(({ command }) => [command ?? []].flat().join('') === '')),
  },
  {
    row: 'PRC-03',
    reason:
      'a type of other characters is refused when launch.toml is read, as the specification has it; the reference refuses some of them at export',
    explains: isRefused(62, ({ processes }) => processes.some(({ type = '' }) => /^$|[/><:|&\\]/.test(type))),
  },
  {
    row: 'PRC-03',
    reason: 'and takes the rest',
    explains: isRefused(0, ({ processes }) => processes.some(({ type = '' }) => /[^\w.-]|^\.\.?$/.test(type))),
  },
  {
    row: 'PRC-15',
    reason: 'the specification wants a key; the reference makes a label that has no name',
    explains: isRefused(0, ({ labels }) => labels.some(({ key = '' }) => key === '')),
  },
  {
    row: 'PRC-16',
    reason: 'a buildpack may not replace the labels of the lifecycle, which would break the next build',
    explains({ path, reference, ours }, { scenario }) {
      const [, label] = /\/Labels\/(io\.buildpacks\.[\w.-]+)$/.exec(path) ?? [];
      const given = `key = "${label}"\\nvalue = "${String(reference)}"`;
      return label !== undefined && mentions(scenario, given) && typeof ours === 'object';
    },
  },
  {
    row: 'RBS-13',
    reason: 'the reference leaves only dates in the history of a rebased image; ours keeps who made each layer',
    explains({ path, reference, ours }, answers) {
      const [, build = '', layer] = /^(\d+)\/image\/config\/history\/(\d+)\/created_by$/.exec(path) ?? [];
      return layer !== undefined && reference === undefined && ours === makerOf({ build, layer }, answers);
    },
  },
  {
    row: 'RBS-18',
    reason: 'a label whose application is no list does not keep ours from a rebase; the reference fails to read it',
    explains: ({ path, reference, ours }, { scenario: { runImage } }) =>
      /^[3-9]\/exit$/.test(path) &&
      reference === 72 &&
      ours === 0 &&
      runImage?.labels?.['io.buildpacks.lifecycle.metadata']?.startsWith('{"app":{') === true,
  },
  {
    row: 'RST-08',
    reason:
      'of a layer whose archive is broken neither data nor metadata comes back; the reference leaves the metadata',
    explains({ path, reference, ours }, { scenario }) {
      const isOfToml = (line: unknown): boolean => /^f \d+ .* [^/ ]+\.toml$/.test(String(line));
      const left = Array.isArray(reference) && reference.length > 0 && reference.every(isOfToml);
      const none = Array.isArray(ours) && ours.length === 0;
      return path.endsWith('/restored') && left && none && mentions(scenario, 'echo broken >"$f"');
    },
  },
  {
    row: 'RST-14',
    reason: 'modes come back as they were kept; the reference loses setuid, so that the next layer is another',
    explains: (difference, answers) => mentions(answers.scenario, 'chmod 4755') && isOfLostSetuid(difference, answers),
  },
  {
    row: 'TGT-13',
    reason: 'an optional buildpack for another target is left out; the reference runs and takes it',
    explains({ path }, { scenario, reference, ours }) {
      const left = scenario.buildpacks.find(
        ({ id, toml }) =>
          /arch = "arm64"/.test(toml ?? '') && scenario.order.flat().some((entry) => entry.id === id && entry.optional),
      );
      if (left === undefined) return false;
      // Without it the two have to be the same there.
      return !compareBuilds(without(left.id, reference), ours).some((other) => other.path === path);
    },
  },
];

interface LaunchToml {
  readonly processes: readonly { readonly type?: string; readonly command?: string | readonly string[] }[];
  readonly labels: readonly { readonly key?: string }[];
}

/** Ours ends the build where a buildpack writes what it must not. */
function isRefused(reference: number, isWrong: (launch: LaunchToml) => boolean): Explanation['explains'] {
  return (difference, { scenario }) =>
    difference.path.endsWith('/exit') &&
    difference.reference === reference &&
    difference.ours === 52 &&
    scenario.buildpacks.some(({ build = '' }) => {
      const [, text] = /launch\.toml" <<'EOF'\n(.*?\n)EOF/s.exec(build) ?? [];
      return text !== undefined && isWrong({ processes: [], labels: [], ...parse(text) });
    });
}

function isSince(version: `${number}`, { platformApi = defaultPlatformApi }: Scenario): boolean {
  const own = parseApiVersion(platformApi);
  return own !== undefined && atLeast(own, version);
}

/** `path` without the number of the build. */
function isIn(path: string, place: string): boolean {
  return path.replace(/^\d+\//, '') === place;
}

/** Lines of a listing that are all of what extensions brought along. */
function isPrepared(lines: unknown, { extensions = [] }: Scenario): boolean {
  const names = extensions.flatMap(({ id, generate, files = {} }) =>
    generate === false
      ? Object.keys(files)
          .filter((name) => name.startsWith('generate/'))
          .map((name) => name.replace('generate', id.replaceAll('/', '_')))
      : [],
  );
  const isOne = (line: string): boolean => {
    const name = (/[^ ]+$/.exec(line)?.[0] ?? '').replace(/\.ignore$/, '');
    return names.some((known) => known === name || (line.startsWith('d ') && known.startsWith(`${name}/`)));
  };
  return Array.isArray(lines) && lines.length > 0 && lines.every((line) => isOne(String(line)));
}

function mentions(scenario: Scenario, text: string): boolean {
  return JSON.stringify(scenario.buildpacks).includes(JSON.stringify(text).slice(1, -1));
}

/** Whether a layer's `env/` has it, as scenarios and the generator write it. */
function isDelimiterInEnv(
  delimiter: string,
  { variable, scenario }: { readonly variable: string; readonly scenario: Scenario },
): boolean {
  if (mentions(scenario, `printf '${delimiter}' >${variable}.delim`)) return true;
  const places = scenario.buildpacks.flatMap(({ build = '' }) =>
    build.split(`printf '%s' ${quoted(delimiter)} >"$1"/`).slice(1),
  );
  return places.some((place) => place.split('\n')[0]?.endsWith(`/env/${variable}.delim`));
}

/** What `longer` has between the characters of `text`; the whole of it when that is not all. */
function insertions(text: string, longer: string): readonly string[] {
  const found: string[] = [];
  let rest = longer;
  for (const character of `${text}\0`) {
    const at = `${rest}\0`.indexOf(character);
    if (at < 0) return [longer, text];
    if (at > 0) found.push(rest.slice(0, at));
    rest = rest.slice(at + 1);
  }
  return found;
}

/** Layers of the harness's base, by what is in them. */
const makers: readonly (readonly [string, string])[] = [
  ['"/bin/sh"', 'shell'],
  ['"/etc/os-release"', 'distribution'],
  ['"/etc/more"', 'more'],
];

/** Who made a layer, as the harness's base or an earlier image has it. */
function makerOf({ build, layer }: { readonly build: string; readonly layer: string }, { ours }: AnswerPair): unknown {
  const at = ours[Number(build)]?.image?.layers[Number(layer)];
  const known = makers.find(([file]) => at?.entries.some((entry) => entry.endsWith(file)));
  if (known !== undefined) return known[1];
  const images = ours.slice(0, 3).flatMap(({ image }) => (image === undefined ? [] : [image]));
  const before = images.find(({ layers }) => layers.some(({ diffId }) => diffId === at?.diffId));
  const index = before?.layers.findIndex(({ diffId }) => diffId === at?.diffId);
  return valueAt(before?.config, 'history', String(index), 'created_by');
}

/** As if a buildpack had never been there. */
function without(id: string, answer: AnswerPair['reference']): AnswerPair['reference'] {
  const isOf = (item: unknown): boolean => valueAt(item, 'id') === id || valueAt(item, 'key') === id;
  const prune = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.filter((item) => !isOf(item)).map(prune);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .filter(([key]) => !new RegExp(`^(detect|build) ${id.replaceAll('/', '_')}@`).test(key))
        .map(([key, inner]) => [key, prune(inner)]),
    );
  };
  return prune(answer) as AnswerPair['reference'];
}

/** The row that explains a difference. */
export function explanationOf(difference: Difference, answers: AnswerPair): string | undefined {
  return explanations.find(({ explains }) => explains(difference, answers))?.row;
}
