#ifndef LAUNCHER_LAUNCH_H
#define LAUNCHER_LAUNCH_H

#include "environment.h"
#include "metadata.h"

/* What one start of the launcher works with. */
struct launch {
    const char *self; /* argv[0] */
    const char *app;
    const char *layers;
    struct text exec_env;
    struct version platform;
    struct metadata metadata;
    struct environment environment;
    char *const *raw_environment;
};

/* Finds out what to start, prepares the environment and replaces this program with it. */
_Noreturn void launch(char *const *argv, char *const *environment);

/* Calls the action with the directory of every buildpack that has one, in the order of the metadata. */
void each_buildpack(struct launch *launch, void (*action)(struct launch *, const char *directory, void *), void *data);
/* Calls the action with every layer of a buildpack's directory, in the order of their names. `data` goes with it. */
void each_layer(struct launch *launch, const char *directory,
                void (*action)(struct launch *, const char *layer, void *), void *data);
/* Calls the action with all that is no directory in <layer>/<folder> and, if a process type is given,
 * in <layer>/<folder>/<type>. */
void each_file(struct launch *launch, const char *layer, const char *folder, struct text type,
               void (*action)(struct launch *, const char *path, void *), void *data);

#endif
