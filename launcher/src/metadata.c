#include "metadata.h"

#include "failure.h"
#include "files.h"
#include "memory.h"
#include "toml.h"

static _Noreturn void fail_at(struct text document, size_t offset, const char *reason)
{
    fail(exit_metadata, "read metadata: toml: line ", decimal(toml_line(document, offset)), ": ", reason, NULL);
}

static _Noreturn void fail_type(struct text document, const struct toml *value, const char *wanted)
{
    fail_at(document, value->offset,
            concat("incompatible types: TOML value has type ", toml_type_name(value->type),
                   "; destination has type ", wanted, NULL));
}

/* The member if it has the type, NULL if it is absent. */
static const struct toml *member(struct text document, const struct toml *table, const char *key, enum toml_type type)
{
    const struct toml *value = toml_member(table, key);
    if (value != NULL && value->type != type)
        fail_type(document, value, toml_type_name(type));
    return value;
}

static struct text string_member(struct text document, const struct toml *table, const char *key)
{
    const struct toml *value = member(document, table, key, toml_string);
    return value == NULL ? text_of("") : value->string;
}

static bool boolean_member(struct text document, const struct toml *table, const char *key)
{
    const struct toml *value = member(document, table, key, toml_boolean);
    return value != NULL && value->boolean;
}

static struct texts strings_of(struct text document, const struct toml *array)
{
    struct texts strings = {0};
    for (const struct toml *item = array == NULL ? NULL : array->first; item != NULL; item = item->next) {
        if (item->type != toml_string)
            fail_type(document, item, "string");
        texts_add(&strings, item->string);
    }
    return strings;
}

static struct texts strings_member(struct text document, const struct toml *table, const char *key)
{
    return strings_of(document, member(document, table, key, toml_array));
}

/* A string (Platform API below 0.10) or an array of strings. */
static struct texts command_member(struct text document, const struct toml *table)
{
    const struct toml *value = toml_member(table, "command");
    if (value == NULL || value->type != toml_string)
        return strings_member(document, table, "command");
    struct texts strings = {0};
    texts_add(&strings, value->string);
    return strings;
}

static struct process decode_process(struct text document, const struct toml *table)
{
    boolean_member(document, table, "default"); /* checked as the reference does; without meaning here */
    return (struct process){
        .type = string_member(document, table, "type"),
        .command = command_member(document, table),
        .args = strings_member(document, table, "args"),
        .direct = boolean_member(document, table, "direct"),
        .buildpack_id = string_member(document, table, "buildpack-id"),
        .working_dir = string_member(document, table, "working-dir"),
        .exec_env = strings_member(document, table, "exec-env"),
    };
}

static struct buildpack decode_buildpack(struct text document, const struct toml *table)
{
    return (struct buildpack){
        .id = string_member(document, table, "id"),
        .api = string_member(document, table, "api"),
    };
}

/* The tables of the array, and how many there are. */
static const struct toml *tables_member(struct text document, const struct toml *root, const char *key, size_t *count)
{
    const struct toml *array = member(document, root, key, toml_array);
    *count = 0;
    for (const struct toml *item = array == NULL ? NULL : array->first; item != NULL; item = item->next) {
        if (item->type != toml_table)
            fail_type(document, item, "table");
        ++*count;
    }
    return array == NULL ? NULL : array->first;
}

struct metadata metadata_decode(struct text document)
{
    struct toml_error error;
    const struct toml *root = toml_parse(document, &error);
    if (root == NULL)
        fail_at(document, error.offset, error.reason);

    struct metadata metadata;
    const struct toml *process = tables_member(document, root, "processes", &metadata.process_count);
    metadata.processes = memory_take(metadata.process_count, sizeof *metadata.processes);
    for (size_t i = 0; i < metadata.process_count; i++, process = process->next)
        metadata.processes[i] = decode_process(document, process);

    const struct toml *buildpack = tables_member(document, root, "buildpacks", &metadata.buildpack_count);
    metadata.buildpacks = memory_take(metadata.buildpack_count, sizeof *metadata.buildpacks);
    for (size_t i = 0; i < metadata.buildpack_count; i++, buildpack = buildpack->next)
        metadata.buildpacks[i] = decode_buildpack(document, buildpack);
    return metadata;
}

struct metadata metadata_read(const char *layers)
{
    struct text document;
    char *reason;
    if (!read_file(path_join(layers, "config/metadata.toml"), &document, &reason))
        fail(exit_metadata, "read metadata: ", reason, NULL);
    return metadata_decode(document);
}

void metadata_check_apis(struct metadata *metadata)
{
    for (size_t i = 0; i < metadata->buildpack_count; i++) {
        struct buildpack *buildpack = &metadata->buildpacks[i];
        const char *api = buildpack->api.bytes, *id = buildpack->id.bytes;
        if (!version_parse(buildpack->api, &buildpack->version))
            fail(exit_buildpack_api, "parse buildpack API '", api, "' for buildpack '", id, "'", NULL);
        if (!buildpack_api_is_supported(buildpack->version))
            fail(exit_buildpack_api, "set API for buildpack '", id, "': buildpack API version '", api,
                 "' is incompatible with the lifecycle", NULL);
    }
}
