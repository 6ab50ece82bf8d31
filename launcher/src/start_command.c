#include "start_command.h"

#include <stdlib.h>
#include <string.h>

#include "failure.h"

const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

static bool has_type(const struct metadata *metadata, const char *type)
{
    for (size_t i = 0; i < metadata->process_count; i++)
        if (text_is(metadata->processes[i].type, type))
            return true;
    return false;
}

/* Whether the process belongs to the execution environment (Platform API 0.15 and later). None named means all. */
static bool is_eligible(const struct launch *launch, const struct process *process)
{
    if (!version_at_least(launch->platform, 0, 15) || process->exec_env.count == 0)
        return true;
    for (size_t i = 0; i < process->exec_env.count; i++)
        if (text_is(process->exec_env.items[i], "*") || text_equal(process->exec_env.items[i], launch->exec_env))
            return true;
    return false;
}

static const struct process *find_process(const struct launch *launch, const char *type)
{
    for (size_t i = 0; i < launch->metadata.process_count; i++) {
        const struct process *process = &launch->metadata.processes[i];
        if (text_is(process->type, type) && is_eligible(launch, process))
            return process;
    }
    fail_launch("process type ", type, " was not found", NULL);
}

static struct texts texts_from(char *const *strings)
{
    struct texts list = {0};
    for (; *strings != NULL; strings++)
        texts_add(&list, text_of(*strings));
    return list;
}

/* "-- command arguments" is direct, "command arguments" goes through the shell; so does a lone "--". */
static struct process user_command(char *const *args)
{
    if (args[0] == NULL)
        fail_launch("when there is no default process a command is required", NULL);
    struct process process = {.type = text_of(""), .buildpack_id = text_of(""), .working_dir = text_of("")};
    process.direct = strcmp(args[0], "--") == 0 && args[1] != NULL;
    args += process.direct;
    texts_add(&process.command, text_of(args[0]));
    process.args = texts_from(args + 1);
    return process;
}

static struct version api_of(const struct launch *launch, const struct process *process)
{
    for (size_t i = 0; i < launch->metadata.buildpack_count; i++)
        if (text_equal(launch->metadata.buildpacks[i].id, process->buildpack_id))
            return launch->metadata.buildpacks[i].version;
    fail_launch("failed to find buildpack for process ", process->type.bytes, " with buildpack ID ",
                process->buildpack_id.bytes, NULL);
}

static struct texts joined(struct texts first, struct texts second)
{
    struct texts all = {0};
    texts_add_all(&all, first.items, first.count);
    texts_add_all(&all, second.items, second.count);
    return all;
}

/* What follows the first word of a command array is always passed; `args` only unless the user gives others. */
static void apply_user_args(const struct launch *launch, struct process *process, struct texts user)
{
    if (!version_at_least(launch->platform, 0, 10)) {
        process->args = joined(process->args, user);
    } else if (process->command.count > 1) {
        struct texts always = {process->command.items + 1, process->command.count - 1};
        process->args = joined(always, user.count > 0 ? user : process->args);
        process->command.count = 1;
    } else if (user.count > 0) {
        bool replaces = version_at_least(api_of(launch, process), 0, 9);
        process->args = replaces ? user : joined(process->args, user);
    }
}

struct process start_command(const struct launch *launch, char *const *argv)
{
    const char *name = base_name(launch->self);
    char *const *args = argv[0] == NULL ? argv : argv + 1;
    stage("determine start command: ");
    if (*name == 0 || !has_type(&launch->metadata, name))
        return user_command(args);
    struct process process = *find_process(launch, name);
    apply_user_args(launch, &process, texts_from(args));
    return process;
}
