#include "environment.h"

#include <errno.h>
#include <string.h>

#include "failure.h"
#include "memory.h"

/* execve takes some 6 MiB at most, so more variables than this could not be started with anyway. */
static const size_t variable_limit = 1 << 16;

static struct variable *find(const struct environment *environment, struct text name)
{
    for (size_t i = 0; i < environment->count; i++)
        if (text_equal(environment->variables[i].name, name))
            return &environment->variables[i];
    return NULL;
}

struct text environment_get(const struct environment *environment, struct text name)
{
    const struct variable *variable = find(environment, name);
    return variable == NULL ? text_of("") : variable->value;
}

static void grow(struct environment *environment)
{
    size_t capacity = environment->capacity == 0 ? 64 : environment->capacity * 2;
    if (capacity > variable_limit)
        fail_launch("too many environment variables", NULL);
    struct variable *variables = memory_take(capacity, sizeof *variables);
    if (environment->count != 0)
        memcpy(variables, environment->variables, environment->count * sizeof *variables);
    environment->variables = variables;
    environment->capacity = capacity;
}

void environment_set(struct environment *environment, struct text name, struct text value)
{
    struct variable *variable = find(environment, name);
    if (variable == NULL) {
        if (environment->count == environment->capacity)
            grow(environment);
        variable = &environment->variables[environment->count++];
        variable->name = name;
    }
    variable->value = value;
}

/* https://github.com/buildpacks/spec/blob/main/platform.md#launch-environment; the last two as the reference does. */
static bool is_own_variable(struct text name)
{
    static const char *const own[] = {"CNB_APP_DIR", "CNB_LAYERS_DIR", "CNB_PROCESS_TYPE", "CNB_PLATFORM_API",
                                      "CNB_DEPRECATION_MODE"};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (text_is(name, own[i]))
            return true;
    return false;
}

/* Every /cnb/process and /cnb/lifecycle, not only the one in front: as the reference does. */
static struct text without_own_directories(const char *path)
{
    struct buffer kept = {0};
    bool is_first = true;
    for (const char *at = path;; at++) {
        struct text part = {at, strcspn(at, ":")};
        if (!text_is(part, "/cnb/process") && !text_is(part, "/cnb/lifecycle")) {
            if (!is_first)
                buffer_add_byte(&kept, ':');
            buffer_add(&kept, part);
            is_first = false;
        }
        at += part.length;
        if (*at == 0)
            return buffer_text(&kept);
    }
}

struct environment environment_from(char *const *strings)
{
    struct environment environment = {0};
    for (; *strings != NULL; strings++) {
        const char *equals = strchr(*strings, '=');
        if (equals == NULL)
            continue;
        struct text name = text_copy(*strings, (size_t)(equals - *strings));
        if (is_own_variable(name) || find(&environment, name) != NULL)
            continue;
        struct text value = text_is(name, "PATH") ? without_own_directories(equals + 1) : text_of(equals + 1);
        environment_set(&environment, name, value);
    }
    return environment;
}

char **environment_strings(const struct environment *environment)
{
    struct texts strings = {0};
    for (size_t i = 0; i < environment->count; i++) {
        struct buffer string = {0};
        buffer_add(&string, environment->variables[i].name);
        buffer_add_byte(&string, '=');
        buffer_add(&string, environment->variables[i].value);
        texts_add(&strings, buffer_text(&string));
    }
    return texts_c_strings(&strings);
}
