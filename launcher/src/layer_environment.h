#ifndef LAUNCHER_LAYER_ENVIRONMENT_H
#define LAUNCHER_LAYER_ENVIRONMENT_H

#include "environment.h"

/* Puts the layer's bin in front of PATH and its lib in front of LD_LIBRARY_PATH, where they exist.
 * https://github.com/buildpacks/spec/blob/main/buildpack.md#layer-paths */
void add_layer_paths(struct environment *environment, const char *layer);
/* Applies the variable files of a directory in the order of their names. A missing directory is fine.
 * https://github.com/buildpacks/spec/blob/main/buildpack.md#environment-variable-modification-rules */
void apply_variable_files(struct environment *environment, const char *directory);

#endif
