#ifndef LAUNCHER_DIRECT_H
#define LAUNCHER_DIRECT_H

#include "launch.h"

/* Replaces this program with the process, without a shell. */
_Noreturn void start_directly(const struct launch *launch, const struct process *process);

#endif
