#ifndef LAUNCHER_MEMORY_H
#define LAUNCHER_MEMORY_H

#include <stddef.h>

/* Zeroed memory for `count` items. It is never given back: the process is replaced a moment later. All of it together
 * stays below a fixed limit; past that the launch fails. */
void *memory_take(size_t count, size_t size);

#endif
