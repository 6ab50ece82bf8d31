#ifndef LAUNCHER_FAILURE_H
#define LAUNCHER_FAILURE_H

/* Exit codes: https://github.com/buildpacks/spec/blob/main/platform.md#launcher, and 1 for unreadable metadata. */
enum {
    exit_metadata = 1,
    exit_platform_api = 11,
    exit_buildpack_api = 12,
    exit_launch = 82,
};

/* Prints "ERROR: failed to " and the parts up to NULL on standard error and exits with the code. */
_Noreturn void fail(int code, const char *first, ...) __attribute__((sentinel));
/* fail() with exit code 82; the text says "launch: ", then what was going on (see stage), then the parts. */
_Noreturn void fail_launch(const char *first, ...) __attribute__((sentinel));
/* Sets what is going on, as a prefix such as "exec.d: ". */
void stage(const char *prefix);
/* Prints the parts as a line on standard error. */
void print_line(const char *first, ...) __attribute__((sentinel));
/* The text of a system error, in the words of the reference launcher. */
const char *error_text(int error);

#endif
