#include "launch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "direct.h"
#include "exec_d.h"
#include "failure.h"
#include "files.h"
#include "layer_environment.h"
#include "shell.h"
#include "start_command.h"

static const char *variable_or(const char *name, const char *fallback)
{
    const char *value = getenv(name);
    return value == NULL || *value == 0 ? fallback : value;
}

static struct version platform_api(void)
{
    const char *api = variable_or("CNB_PLATFORM_API", "");
    struct version version;
    if (api[strspn(api, " \t\n\v\f\r")] == 0)
        fail(exit_platform_api, "get platform API version; please set 'CNB_PLATFORM_API' ",
             "to specify the desired platform API version", NULL);
    if (!version_parse(text_of(api), &version))
        fail(exit_platform_api, "parse platform API '", api, "'", NULL);
    if (!platform_api_is_supported(version))
        fail(exit_platform_api, "set platform API: platform API version '", api,
             "' is incompatible with the lifecycle", NULL);
    return version;
}

static void warn_of_process_type(struct version platform)
{
    const char *type = variable_or("CNB_PROCESS_TYPE", "");
    if (*type == 0)
        return;
    print_line("Warning: CNB_PROCESS_TYPE is not supported in Platform API ", decimal(platform.major), ".",
               decimal(platform.minor), NULL);
    print_line("Warning: Run with ENTRYPOINT '", type, "' to invoke the '", type, "' process type", NULL);
}

/* "/" in an ID is "_" in the directory's name. */
static const char *buildpack_directory(const struct launch *launch, struct text id)
{
    char *name = (char *)text_copy(id.bytes, id.length).bytes;
    for (size_t i = 0; i < id.length; i++)
        if (name[i] == '/')
            name[i] = '_';
    return path_join(launch->layers, name);
}

void each_buildpack(struct launch *launch, void (*action)(struct launch *, const char *directory, void *), void *data)
{
    for (size_t i = 0; i < launch->metadata.buildpack_count; i++) {
        struct text id = launch->metadata.buildpacks[i].id;
        const char *directory = buildpack_directory(launch, id);
        struct stat status;
        errno = 0;
        if (text_c_string(id) != NULL && stat(directory, &status) == 0)
            action(launch, directory, data);
        else if (errno != ENOENT)
            fail_launch("find buildpack directory: stat ", directory, ": ", error_text(errno), NULL);
    }
}

/* A missing directory has no entries. */
static struct listing list_or_fail(const char *directory)
{
    struct listing listing;
    int error = list_directory(directory, &listing);
    if (error != 0 && error != ENOENT)
        fail_launch("failed to list files in dir '", directory, "': open ", directory, ": ", error_text(error), NULL);
    return listing;
}

void each_layer(struct launch *launch, const char *directory,
                void (*action)(struct launch *, const char *layer, void *), void *data)
{
    struct listing layers = list_or_fail(directory);
    for (size_t i = 0; i < layers.count; i++)
        if (layers.entries[i].is_directory)
            action(launch, path_join(directory, layers.entries[i].name), data);
}

static void each_file_in(struct launch *launch, const char *directory,
                         void (*action)(struct launch *, const char *path, void *), void *data)
{
    struct listing files = list_or_fail(directory);
    for (size_t i = 0; i < files.count; i++)
        if (!files.entries[i].is_directory)
            action(launch, path_join(directory, files.entries[i].name), data);
}

void each_file(struct launch *launch, const char *layer, const char *folder, struct text type,
               void (*action)(struct launch *, const char *path, void *), void *data)
{
    const char *directory = path_join(layer, folder);
    each_file_in(launch, directory, action, data);
    if (type.length != 0)
        each_file_in(launch, path_join(directory, type.bytes), action, data);
}

static void add_paths_of_layer(struct launch *launch, const char *layer, void *data)
{
    (void)data;
    add_layer_paths(&launch->environment, layer);
}

static void apply_files_of_layer(struct launch *launch, const char *layer, void *type)
{
    const char *launch_files = path_join(layer, "env.launch");
    apply_variable_files(&launch->environment, path_join(layer, "env"));
    apply_variable_files(&launch->environment, launch_files);
    if (((struct text *)type)->length != 0)
        apply_variable_files(&launch->environment, path_join(launch_files, ((struct text *)type)->bytes));
}

/* All layers' paths come before the first layer's variable files: as in the reference. */
static void modify_environment(struct launch *launch, const char *directory, void *type)
{
    stage("modify env: add layer root: ");
    each_layer(launch, directory, add_paths_of_layer, NULL);
    stage("modify env: add layer env: ");
    each_layer(launch, directory, apply_files_of_layer, type);
    stage("modify env: ");
}

static void run_file(struct launch *launch, const char *path, void *data)
{
    (void)data;
    run_exec_d(launch, path);
}

static void run_layer_exec_d(struct launch *launch, const char *layer, void *type)
{
    each_file(launch, layer, "exec.d", *(struct text *)type, run_file, NULL);
}

static void run_buildpack_exec_d(struct launch *launch, const char *directory, void *type)
{
    each_layer(launch, directory, run_layer_exec_d, type);
}

_Noreturn void launch(char *const *argv, char *const *environment)
{
    struct launch launch = {
        .self = argv[0] == NULL ? "" : argv[0],
        .platform = platform_api(),
        .app = variable_or("CNB_APP_DIR", "/workspace"),
        .layers = variable_or("CNB_LAYERS_DIR", "/layers"),
        .exec_env = text_of(variable_or("CNB_EXEC_ENV", "production")),
        .raw_environment = environment,
    };
    launch.metadata = metadata_read(launch.layers);
    metadata_check_apis(&launch.metadata);
    warn_of_process_type(launch.platform);
    launch.environment = environment_from(environment);
    struct process process = start_command(&launch, argv);

    stage("");
    if (chdir(launch.app) != 0)
        fail_launch("change to app directory: chdir ", launch.app, ": ", error_text(errno), NULL);
    stage("modify env: ");
    each_buildpack(&launch, modify_environment, &process.type);
    stage("exec.d: ");
    each_buildpack(&launch, run_buildpack_exec_d, &process.type);

    if (process.working_dir.length == 0)
        process.working_dir = text_of(launch.app);
    if (process.direct)
        start_directly(&launch, &process);
    start_in_shell(&launch, &process);
}
