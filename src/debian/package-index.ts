import { TsbuildpackError } from '../errors.ts';
import type { DebianPackage } from './debian-package.ts';
import type { Paragraph } from './deb822.ts';
import { parseParagraph } from './deb822.ts';
import { parseRelations } from './relation.ts';

export interface PackageIndexOptions {
  readonly suite: string;
  /** What file names in it are below of, best first. */
  readonly roots: readonly string[];
  readonly architecture: string;
  /** For messages. */
  readonly address: string;
}

const nameField = Buffer.from('Package: ');
const providesField = Buffer.from('\nProvides: ');

/**
 * A Packages file: some 70 000 paragraphs, of which a stack wants a hundred. It stays the bytes that it is; only names are looked up at
 * once, in some 100 ms for 56 MB.
 */
export class PackageIndex {
  readonly #bytes: Buffer;
  readonly #options: PackageIndexOptions;
  /** Where paragraphs begin, by name of the package and by names it provides. */
  readonly #named = new Map<string, number[]>();
  readonly #provided = new Map<string, number[]>();

  constructor(bytes: Buffer, options: PackageIndexOptions) {
    this.#bytes = bytes;
    this.#options = options;
    let provides = bytes.indexOf(providesField);
    for (let at = 0; at < bytes.length;) {
      const end = endOfParagraph(bytes, at);
      note(this.#named, this.#nameAt(at, end), at);
      while (provides >= 0 && provides < at) provides = bytes.indexOf(providesField, at);
      if (provides >= 0 && provides < end) this.#noteProvided(provides + providesField.length, at);
      at = end + 1;
      while (bytes[at] === newline) at += 1;
    }
  }

  /** The packages of that name. */
  named(name: string): readonly DebianPackage[] {
    return this.#read(this.#named.get(name));
  }

  /** The packages that provide that name. */
  providing(name: string): readonly DebianPackage[] {
    return this.#read(this.#provided.get(name));
  }

  #nameAt(at: number, end: number): string {
    const bytes = this.#bytes;
    // Policy asks for no order; every archive has it first.
    const start = isAt(bytes, nameField, at) ? at : bytes.indexOf('\nPackage: ', at) + 1;
    if (start < at || start >= end) throw this.#wrong('a paragraph names no package');
    const line = start + nameField.length;
    return bytes.toString('latin1', line, endOfLine(bytes, line)).trim();
  }

  #noteProvided(from: number, paragraph: number): void {
    const value = this.#bytes.toString('latin1', from, endOfLine(this.#bytes, from));
    for (const part of value.split(',')) {
      const name = /^\s*(?<name>[^\s:(]+)/.exec(part)?.groups?.['name'];
      if (name !== undefined) note(this.#provided, name, paragraph);
    }
  }

  #read(starts: readonly number[] = []): readonly DebianPackage[] {
    return starts
      .map((at) => this.#packageOf(this.#bytes.toString('utf8', at, endOfParagraph(this.#bytes, at))))
      .filter(({ architecture }) => architecture === 'all' || architecture === this.#options.architecture);
  }

  #packageOf(text: string): DebianPackage {
    const { address, suite, roots } = this.#options;
    const fields = parseParagraph(text, { owner: `the index of ${address}`, code: 'PACKAGES_UNTRUSTED' });
    const name = this.#field(fields, 'package');
    const relations = (field: string): DebianPackage['depends'] =>
      parseRelations(fields.get(field), `"${field}" of package ${name}`);
    const path = this.#field(fields, 'filename');
    if (!isPlainPath(path)) throw this.#wrong(`package ${name} is in "${path}"`);
    const source = fields.get('source')?.replace(/\s*\(.*$/, '');
    return {
      name,
      version: this.#field(fields, 'version'),
      architecture: this.#field(fields, 'architecture'),
      ...(source !== undefined && { source }),
      priority: fields.get('priority') ?? 'optional',
      isEssential: fields.get('essential') === 'yes',
      multiArch: fields.get('multi-arch') ?? 'no',
      preDepends: relations('pre-depends'),
      depends: relations('depends'),
      conflicts: relations('conflicts'),
      breaks: relations('breaks'),
      replaces: relations('replaces'),
      provides: relations('provides'),
      urls: roots.map((root) => `${root}/${path.split('/').map(encodeURIComponent).join('/')}`),
      sha256: this.#sha256(fields, name),
      sizeBytes: Number(this.#field(fields, 'size')),
      suite,
    };
  }

  #sha256(fields: Paragraph, name: string): string {
    const sum = fields.get('sha256');
    if (sum === undefined || !/^[0-9a-f]{64}$/.test(sum)) throw this.#wrong(`package ${name} has no SHA-256 sum`);
    return sum;
  }

  #field(fields: Paragraph, name: string): string {
    const value = fields.get(name);
    if (value === undefined || value === '') throw this.#wrong(`a package has no "${name}"`);
    return value;
  }

  #wrong(why: string): TsbuildpackError {
    return new TsbuildpackError('PACKAGES_UNTRUSTED', `Cannot use the index of ${this.#options.address}: ${why}`);
  }
}

const newline = 0x0a;

function endOfParagraph(bytes: Buffer, from: number): number {
  const end = bytes.indexOf('\n\n', from);
  return end < 0 ? bytes.length : end;
}

function endOfLine(bytes: Buffer, from: number): number {
  const end = bytes.indexOf(newline, from);
  return end < 0 ? bytes.length : end;
}

function isAt(bytes: Buffer, text: Buffer, at: number): boolean {
  return bytes.compare(text, 0, text.length, at, Math.min(at + text.length, bytes.length)) === 0;
}

function note(map: Map<string, number[]>, name: string, at: number): void {
  const list = map.get(name);
  if (list === undefined) map.set(name, [at]);
  else if (list.at(-1) !== at) list.push(at);
}

/** Below where the archive begins, and nowhere else. */
function isPlainPath(path: string): boolean {
  return !/[\0-\x20\x7f]/.test(path) && path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}
