#include "memory.h"

#include <stdint.h>
#include <stdlib.h>

#include "failure.h"

/* The largest document (1 MiB) needs at most some 60 MiB as a tree; the kernel takes at most 6 MiB for an execve. */
static const size_t memory_limit = (size_t)192 << 20;

struct block {
    struct block *next;
    struct block *previous;
    size_t size;
    size_t padding; /* keeps what follows aligned to 16 bytes */
};

static struct block *blocks;
static size_t memory_used;

void *memory_take(size_t count, size_t size)
{
    if (size != 0 && count > memory_limit / size)
        fail_launch("out of memory", NULL);
    size_t total = count * size + sizeof(struct block);
    struct block *block = memory_used + total > memory_limit ? NULL : calloc(1, total);
    if (block == NULL)
        fail_launch("out of memory", NULL);
    memory_used += total;
    block->size = total;
    block->next = blocks;
    if (blocks != NULL)
        blocks->previous = block;
    blocks = block;
    return block + 1;
}

void memory_give(void *bytes)
{
    if (bytes == NULL)
        return;
    struct block *block = (struct block *)bytes - 1;
    if (block->previous == NULL)
        blocks = block->next;
    else
        block->previous->next = block->next;
    if (block->next != NULL)
        block->next->previous = block->previous;
    memory_used -= block->size;
    free(block);
}

void memory_give_all(void)
{
    while (blocks != NULL)
        memory_give(blocks + 1);
}
