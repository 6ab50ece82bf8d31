/** One thing that `doctor` has looked at. Sentences without a full stop; never a credential in them. */
export interface Finding {
  /** What was looked at: `node`, `store`, `isolation`, … */
  readonly id: string;
  /** `note`: everything works, but not in every way; `problem`: something that people use does not work. */
  readonly status: 'ok' | 'note' | 'problem';
  readonly finding: string;
  /** What follows from it for the user. */
  readonly consequence: string;
  readonly remedy?: string;
}
