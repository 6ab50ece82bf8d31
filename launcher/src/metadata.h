#ifndef LAUNCHER_METADATA_H
#define LAUNCHER_METADATA_H

#include "text.h"
#include "version.h"

/* https://github.com/buildpacks/spec/blob/main/platform.md#metadatatoml-toml */
struct process {
    struct text type;
    struct texts command;
    struct texts args;
    bool direct;
    struct text buildpack_id;
    struct text working_dir;
    struct texts exec_env;
};

struct buildpack {
    struct text id;
    struct text api;
    struct version version;
};

struct metadata {
    struct process *processes;
    size_t process_count;
    struct buildpack *buildpacks;
    size_t buildpack_count;
};

/* Reads <layers>/config/metadata.toml; a missing or malformed file exits 1. */
struct metadata metadata_read(const char *layers);
/* Decodes the document; fails as metadata_read does. */
struct metadata metadata_decode(struct text document);
/* Exits 12 if the API of a buildpack is not supported; sets `version`. */
void metadata_check_apis(struct metadata *metadata);

#endif
