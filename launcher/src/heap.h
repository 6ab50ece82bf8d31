#ifndef LAUNCHER_HEAP_H
#define LAUNCHER_HEAP_H

/* Says how much of the container's memory Node may use for its heap: a percentage, set by a buildpack or by who starts the
 * container. */
#define HEAP_VARIABLE "BPL_NODE_HEAP_PERCENT"

/* Adds --max-old-space-size to NODE_OPTIONS when HEAP_VARIABLE is set, the container's memory is limited, and the
 * options say nothing about it yet. Never fails: without the option Node decides by itself. */
void set_node_heap(void);

#endif
