/* Reads documents with the launcher's own code and prints what it read as one line of JSON each. Standard input holds
 * "<kind> <length>\n<bytes>" for each document: kind m is metadata.toml, e the output of an exec.d program. */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include "exec_d.h"
#include "failure-jump.h"
#include "memory-checked.h"
#include "metadata.h"

static void print_text(struct text text)
{
    putchar('"');
    for (size_t i = 0; i < text.length; i++) {
        unsigned char byte = (unsigned char)text.bytes[i];
        if (byte < 0x20 || byte == '"' || byte == '\\' || byte == 0x7f)
            printf("\\u%04x", byte);
        else
            putchar(byte);
    }
    putchar('"');
}

static void print_texts(const char *name, struct texts texts)
{
    printf(",\"%s\":[", name);
    for (size_t i = 0; i < texts.count; i++) {
        if (i != 0)
            putchar(',');
        print_text(texts.items[i]);
    }
    putchar(']');
}

static void print_member(const char *name, struct text text)
{
    printf(",\"%s\":", name);
    print_text(text);
}

static void print_metadata(struct text document)
{
    struct metadata metadata = metadata_decode(document);
    printf("{\"processes\":[");
    for (size_t i = 0; i < metadata.process_count; i++) {
        const struct process *process = &metadata.processes[i];
        printf("%s{\"direct\":%s", i == 0 ? "" : ",", process->direct ? "true" : "false");
        print_member("type", process->type);
        print_texts("command", process->command);
        print_texts("args", process->args);
        print_member("buildpack-id", process->buildpack_id);
        print_member("working-dir", process->working_dir);
        print_texts("exec-env", process->exec_env);
        putchar('}');
    }
    printf("],\"buildpacks\":[");
    for (size_t i = 0; i < metadata.buildpack_count; i++) {
        printf("%s{\"known\":true", i == 0 ? "" : ",");
        print_member("id", metadata.buildpacks[i].id);
        print_member("api", metadata.buildpacks[i].api);
        putchar('}');
    }
    printf("]}\n");
}

static void print_variables(struct text document)
{
    struct environment environment = {0};
    apply_exec_d_output(&environment, document, "exec.d");
    putchar('{');
    for (size_t i = 0; i < environment.count; i++) {
        if (i != 0)
            putchar(',');
        print_text(environment.variables[i].name);
        putchar(':');
        print_text(environment.variables[i].value);
    }
    printf("}\n");
}

int main(void)
{
    static char bytes[1 << 21];
    char kind;
    size_t length;
    while (scanf(" %c %zu", &kind, &length) == 2 && length < sizeof bytes && getchar() == '\n') {
        if (fread(bytes, 1, length, stdin) != length)
            return 1;
        if (setjmp(failure_jump) != 0) {
            printf("null\n");
        } else {
            struct text document = text_copy(bytes, length);
            if (kind == 'm')
                print_metadata(document);
            else
                print_variables(document);
        }
        memory_give_all();
    }
    return 0;
}
