import * as v from 'valibot';
import type { Store } from '../store/store.ts';
import { packageFactsSchema } from './package-facts.ts';
import type { PartPackages } from './stack-image.ts';

/** Of which packages a half was made, and when somebody last looked whether there are newer ones. */
export interface RememberedPackages {
  readonly at: Date;
  readonly packages: PartPackages;
  readonly snapshot: readonly RememberedSuite[];
  /** For people: why these packages, from there. */
  readonly reason: string;
}

export interface RememberedSuite {
  readonly suite: string;
  readonly address: string;
  /** When the archive signed that state. */
  readonly date: string;
  /** Of the signed file, in hexadecimal. */
  readonly sha256: string;
}

/** How long what was found is not looked for again. */
export const rememberedMs: number = 24 * 3_600_000;

const schema = v.object({
  name: v.string(),
  at: v.pipe(
    v.string(),
    v.isoTimestamp(),
    v.transform((text) => new Date(text)),
  ),
  packages: v.array(v.array(packageFactsSchema)),
  snapshot: v.array(v.object({ suite: v.string(), address: v.string(), date: v.string(), sha256: v.string() })),
  reason: v.string(),
});

export async function recallPackages(
  name: string,
  store: Pick<Store, 'document'>,
): Promise<RememberedPackages | undefined> {
  const bytes = await store.document(name).read();
  if (bytes === undefined) return undefined;
  try {
    const found = v.safeParse(schema, JSON.parse(bytes.toString('utf8')));
    return found.success && found.output.name === name ? found.output : undefined;
  } catch {
    return undefined;
  }
}

export async function rememberPackages(
  name: string,
  remembered: RememberedPackages,
  store: Pick<Store, 'document'>,
): Promise<void> {
  await store.document(name).write(`${JSON.stringify({ name, ...remembered })}\n`);
}
