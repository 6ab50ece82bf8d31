#include "memory.h"

#include <sys/mman.h>

#include "failure.h"

/* The largest document (1 MiB) needs some 80 MiB as a tree at most; the kernel takes at most 6 MiB for an execve. */
static const size_t memory_limit = (size_t)192 << 20;

/* Pages that are not touched cost nothing. */
static const size_t chunk_size = (size_t)1 << 20;

static const size_t alignment = 16;

static size_t memory_used;
static char *free_start;
static size_t free_size;

static void add_chunk(size_t size)
{
    void *chunk = MAP_FAILED;
    if (size <= memory_limit - memory_used)
        chunk = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (chunk == MAP_FAILED)
        fail_launch("out of memory", NULL);
    memory_used += size;
    free_start = chunk;
    free_size = size;
}

void *memory_take(size_t count, size_t size)
{
    if (size != 0 && count > memory_limit / size)
        fail_launch("out of memory", NULL);
    size_t total = (count * size + alignment - 1) / alignment * alignment;
    if (total > free_size)
        add_chunk(total > chunk_size ? total : chunk_size);
    void *taken = free_start;
    free_start += total;
    free_size -= total;
    return taken;
}
