#ifndef LAUNCHER_SHELL_H
#define LAUNCHER_SHELL_H

#include "launch.h"

/* Replaces this program with bash, which sources the profile scripts and then runs the process.
 * https://github.com/buildpacks/spec/blob/main/platform.md#launcher */
_Noreturn void start_in_shell(struct launch *launch, const struct process *process);

#endif
