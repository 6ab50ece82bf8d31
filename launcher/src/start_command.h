#ifndef LAUNCHER_START_COMMAND_H
#define LAUNCHER_START_COMMAND_H

#include "launch.h"

/* The process that the arguments ask for: https://github.com/buildpacks/spec/blob/main/platform.md#launcher */
struct process start_command(const struct launch *launch, char *const *argv);
/* The last element of a path. */
const char *base_name(const char *path);

#endif
