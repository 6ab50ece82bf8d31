#ifndef LAUNCHER_MEMORY_H
#define LAUNCHER_MEMORY_H

#include <stddef.h>

/* Zeroed memory for `count` items. Nothing is freed one by one in a launch: the process is replaced a moment later.
 * All of it together stays below a fixed limit; past that the launch fails. */
void *memory_take(size_t count, size_t size);
/* Gives one block back. NULL is fine. */
void memory_give(void *block);
/* Gives every block back. */
void memory_give_all(void);

#endif
