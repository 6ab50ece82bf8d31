import { resolve } from 'node:path';
import { diagnose } from '../../environment/doctor.ts';
import type { Finding } from '../../environment/finding.ts';
import { defaultStoreDir } from '../../store/default-store-dir.ts';
import { resolveSettings } from '../../platform/settings.ts';
import { textOption, type CommandResult, type Invocation } from '../command.ts';
import { indent } from '../render/event-lines.ts';
import { printable } from '../render/format.ts';

export async function run({ options, env, cwd, signal }: Invocation): Promise<CommandResult> {
  const settings = resolveSettings({ flags: { store: textOption(options, 'store') }, env });
  const store = resolve(cwd, settings.store ?? defaultStoreDir(env));
  const findings = await diagnose({ store, env, signal });
  return { lines: findings.flatMap(findingLines), json: { findings } };
}

const marks = { ok: 'ok     ', note: 'note   ', problem: 'problem' } as const;

function findingLines({ id, status, finding, consequence, remedy }: Finding): readonly string[] {
  return [
    `${marks[status]}  ${id}: ${printable(finding)}`,
    ...[consequence, ...(remedy === undefined ? [] : [remedy])].flatMap((text) =>
      indent(text).map((line) => `       ${line}`),
    ),
  ];
}
