#ifndef LAUNCHER_VERSION_H
#define LAUNCHER_VERSION_H

#include <stdbool.h>
#include <stdint.h>

#include "text.h"

/* An API version: https://github.com/buildpacks/spec/blob/main/buildpack.md#api-version */
struct version {
    uint64_t major;
    uint64_t minor;
};

/* Reads "v", digits, and after an optional dot more digits, as the reference does ("v0.12" and "00.012" are 0.12). */
bool version_parse(struct text text, struct version *version);
bool version_at_least(struct version version, uint64_t major, uint64_t minor);
/* Whether this launcher knows the Platform API: 0.7 to 0.15. Every 0.x is a contract of its own. */
bool platform_api_is_supported(struct version version);
/* Whether this launcher knows the Buildpack API: 0.7 to 0.12. */
bool buildpack_api_is_supported(struct version version);

#endif
