/**
 * Every failure that a user can meet has a code of this table. The exit code follows the phase, as the CNB platform
 * specification numbers them (https://github.com/buildpacks/spec/blob/main/platform.md): detect 20-29, analyze 30-39,
 * restore 40-49, build 50-59, export 60-69, rebase 70-79, launch 80-89, image extensions 90-99. 75 (EX_TEMPFAIL of sysexits.h) stands
 * for everything where trying again may help.
 */
export const exitCodes = {
  INTERNAL: 1,
  USAGE: 2,
  INVALID_INPUT: 3,
  PLATFORM_API_UNSUPPORTED: 11,
  BUILDPACK_API_UNSUPPORTED: 12,

  SOURCE_UNREADABLE: 3,
  SOURCE_CHANGED: 75,
  DESCRIPTOR_INVALID: 3,
  SETTINGS_INVALID: 3,

  DETECT_NO_GROUP: 20,
  DETECT_NO_GROUP_ERRORS: 21,
  BUILDPACK_INVALID: 22,
  ORDER_INVALID: 22,

  ANALYZE_FAILED: 32,
  RUN_IMAGE_NOT_FOUND: 32,
  STACK_UNKNOWN: 32,
  STACK_UNFIT: 32,
  BUILDER_INVALID: 32,

  // As the specification has the generate phase, which ends with 92 for everything but a program that failed.
  EXTENSION_FAILED: 91,
  GENERATE_FAILED: 92,
  DOCKERFILE_INVALID: 92,
  DOCKERFILES_UNSUPPORTED: 92,

  LOCK_UNFIT: 52,
  BUILDPACK_FAILED: 51,
  BUILD_FAILED: 52,
  BUILD_OUTPUT_INVALID: 52,
  TOOLCHAIN_UNAVAILABLE: 52,
  ISOLATION_UNAVAILABLE: 52,

  EXPORT_FAILED: 62,
  LAUNCHER_NEEDED: 62,
  BINARY_UNFIT: 62,
  PATH_LEAKED: 62,
  OUTPUT_FAILED: 62,

  REFERENCE_INVALID: 2,
  IMAGE_NOT_FOUND: 62,
  IMAGE_INVALID: 62,
  BLOB_CORRUPT: 62,
  ARCHIVE_INVALID: 62,
  REGISTRY_DENIED: 62,
  REGISTRY_REFUSED: 62,
  REGISTRY_UNAVAILABLE: 75,
  NETWORK_UNAVAILABLE: 75,
  DAEMON_UNAVAILABLE: 62,

  STORE_UNUSABLE: 62,
  DISK_FULL: 75,

  PACKAGES_UNAVAILABLE: 32,
  PACKAGES_UNTRUSTED: 32,
  MIRROR_OUT_OF_SYNC: 75,

  REBASE_FAILED: 72,

  RUNTIME_UNAVAILABLE: 82,
  RUN_FAILED: 82,
  // As a shell has them.
  COMMAND_NOT_EXECUTABLE: 126,
  COMMAND_NOT_FOUND: 127,

  INTERRUPTED: 130,
  TERMINATED: 143,
} as const;

export type ErrorCode = keyof typeof exitCodes;

export interface TsbuildpackErrorOptions {
  /** What the reader can do about it: one or more sentences or commands. */
  readonly hint?: string;
  /** Further lines that belong to the message: a list, a captured output. Shown between message and hint. */
  readonly detail?: string;
  readonly cause?: unknown;
  /** Where another status than the code's is expected: in a phase that a platform drives by itself. */
  readonly exitCode?: number;
}

/**
 * The one error class. The message names the action that failed and why: upper case first, no full stop, quoted values,
 * current state then wanted state. Never a secret in it.
 */
export class TsbuildpackError extends Error {
  override readonly name = 'TsbuildpackError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly detail: string | undefined;
  readonly exitCode: number;

  constructor(code: ErrorCode, message: string, options: TsbuildpackErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.detail = options.detail;
    this.exitCode = options.exitCode ?? exitCodes[code];
  }
}
