import type { ResolvedInput } from '../buildpack/resolved-input.ts';
import { TsbuildpackError } from '../errors.ts';
import type { Report } from '../events.ts';

/** What floats, resolved once in a build: pinned values are obeyed, everything is recorded. */
export class ResolvedInputs {
  readonly #pinned: ReadonlyMap<string, string>;
  readonly #resolved = new Map<string, ResolvedInput>();
  readonly #report: Report;

  constructor(pinned: readonly ResolvedInput[], report: Report) {
    this.#pinned = new Map(pinned.map(({ name, value }) => [name, value]));
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
    return this.#resolved.get(name) ?? this.add(await resolver(this.#pinned.get(name)));
  }

  add(input: ResolvedInput): ResolvedInput {
    const pinned = this.#pinned.get(input.name);
    if (pinned !== undefined && pinned !== input.value) {
      throw new TsbuildpackError(
        'TOOLCHAIN_UNAVAILABLE',
        `Cannot use ${input.name} ${pinned}: only ${input.value} is to be had`,
        {
          hint: 'Build where the pinned input is available, or without --resolved',
        },
      );
    }
    this.#resolved.set(input.name, input);
    this.#report({ type: 'input-resolved', name: input.name, value: input.value, reason: input.reason });
    return input;
  }

  all(): readonly ResolvedInput[] {
    return [...this.#resolved.values()];
  }
}
