#ifndef LAUNCHER_EXEC_D_H
#define LAUNCHER_EXEC_D_H

#include "launch.h"

/* Runs the exec.d program and sets the variables it writes to file descriptor 3.
 * https://github.com/buildpacks/spec/blob/main/buildpack.md#execd */
void run_exec_d(struct launch *launch, const char *path);
/* Sets the variables of an exec.d program's output. */
void apply_exec_d_output(struct environment *environment, struct text document, const char *path);

#endif
