/* Stands for launcher/src/memory.c under sanitizers and in programs that read many inputs: every piece of memory is a
 * block of its own, so that a sanitizer sees what goes past its end. */
#include "memory-checked.h"

#include <stdlib.h>

#include "failure.h"
#include "memory.h"

struct block {
    struct block *next;
    size_t padding; /* keeps what follows aligned to 16 bytes */
};

static const size_t memory_limit = (size_t)192 << 20;
static struct block *blocks;
static size_t memory_used;

void *memory_take(size_t count, size_t size)
{
    if (size != 0 && count > (memory_limit - memory_used) / size)
        fail_launch("out of memory", NULL);
    struct block *block = calloc(1, count * size + sizeof *block);
    if (block == NULL)
        fail_launch("out of memory", NULL);
    memory_used += count * size;
    block->next = blocks;
    blocks = block;
    return block + 1;
}

void memory_give_all(void)
{
    while (blocks != NULL) {
        struct block *next = blocks->next;
        free(blocks);
        blocks = next;
    }
    memory_used = 0;
}
