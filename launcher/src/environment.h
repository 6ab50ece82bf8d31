#ifndef LAUNCHER_ENVIRONMENT_H
#define LAUNCHER_ENVIRONMENT_H

#include "text.h"

struct variable {
    struct text name;
    struct text value;
};

/* The environment of the process to start. A name may be empty and may hold "=": file names and exec.d decide. */
struct environment {
    struct variable *variables;
    size_t count;
    size_t capacity;
};

/* From "NAME=value" strings: the first of a name counts, entries without "=" are dropped, so are the launcher's own
 * variables, and its own directories are taken out of PATH. */
struct environment environment_from(char *const *strings);
/* The value, empty if there is none. */
struct text environment_get(const struct environment *environment, struct text name);
void environment_set(struct environment *environment, struct text name, struct text value);
/* As execve takes it, or NULL with errno EINVAL if a name or value holds a NUL byte. */
char **environment_strings(const struct environment *environment);

#endif
