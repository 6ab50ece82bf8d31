#include "version.h"

static bool parse_number(struct text text, size_t *at, uint64_t *number)
{
    *number = 0;
    for (; *at < text.length && text.bytes[*at] >= '0' && text.bytes[*at] <= '9'; ++*at)
        if (__builtin_mul_overflow(*number, 10, number) ||
            __builtin_add_overflow(*number, (uint64_t)(text.bytes[*at] - '0'), number))
            return false;
    return true;
}

bool version_parse(struct text text, struct version *version)
{
    size_t at = text.length > 0 && text.bytes[0] == 'v';
    size_t start = at;
    if (!parse_number(text, &at, &version->major) || at == start)
        return false;
    at += at < text.length && text.bytes[at] == '.';
    return parse_number(text, &at, &version->minor) && at == text.length;
}

bool version_at_least(struct version version, uint64_t major, uint64_t minor)
{
    return version.major > major || (version.major == major && version.minor >= minor);
}

bool platform_api_is_supported(struct version version)
{
    return version.major == 0 && version.minor >= 7 && version.minor <= 15;
}

bool buildpack_api_is_supported(struct version version)
{
    return version.major == 0 && version.minor >= 7 && version.minor <= 12;
}
