import type { ResolvedInput } from '../buildpack/resolved-input.ts';
import { TsbuildpackError } from '../errors.ts';
import type { Report } from '../events.ts';

/** What floats, resolved once in a build: pinned values are obeyed, everything is recorded. */
export class ResolvedInputs {
  readonly #pinned: ReadonlyMap<string, string>;
  /** The lock file that has to hold every input, when there is one. */
  readonly #lock: string | undefined;
  readonly #resolved = new Map<string, ResolvedInput>();
  readonly #report: Report;

  constructor(pinned: readonly ResolvedInput[], report: Report, lock?: string) {
    this.#pinned = new Map(pinned.map(({ name, value }) => [name, value]));
    this.#lock = lock;
    this.#report = report;
  }

  pinned(name: string): string | undefined {
    return this.#pinned.get(name);
  }

  /** Throws TOOLCHAIN_UNAVAILABLE when the pinned value cannot be had again. */
  async resolve(
    name: string,
    resolver: (pinned: string | undefined) => Promise<ResolvedInput>,
  ): Promise<ResolvedInput> {
    const known = this.#resolved.get(name);
    if (known !== undefined) return known;
    this.#requireLocked(name);
    return this.add(await resolver(this.#pinned.get(name)));
  }

  add(input: ResolvedInput): ResolvedInput {
    this.#requireLocked(input.name);
    const pinned = this.#pinned.get(input.name);
    if (pinned !== undefined && pinned !== input.value) {
      throw new TsbuildpackError(
        'TOOLCHAIN_UNAVAILABLE',
        `Cannot use ${input.name} ${pinned}: only ${input.value} is to be had`,
        {
          hint:
            this.#lock === undefined
              ? 'Build where the pinned input is available, or without --resolved'
              : 'Build where the pinned input is available, or resolve anew what is pinned: tsbuildpack lock',
        },
      );
    }
    this.#resolved.set(input.name, input);
    this.#report({ type: 'input-resolved', name: input.name, value: input.value, reason: input.reason });
    return input;
  }

  #requireLocked(name: string): void {
    if (this.#lock === undefined || this.#pinned.has(name)) return;
    throw new TsbuildpackError('LOCK_UNFIT', `Cannot build as ${this.#lock} says: it does not hold ${name}`, {
      hint: 'Resolve anew what is pinned: tsbuildpack lock',
    });
  }

  all(): readonly ResolvedInput[] {
    return [...this.#resolved.values()];
  }
}
