#include "toml.h"

#include <string.h>

#include "memory.h"
#include "toml_parser.h"

bool toml_failed(struct toml_parser *parser, const char *reason)
{
    parser->error->offset = parser->at;
    parser->error->reason = reason;
    return false;
}

char toml_peek(const struct toml_parser *parser, size_t ahead)
{
    return ahead < parser->document.length - parser->at ? parser->document.bytes[parser->at + ahead] : 0;
}

bool toml_sees(const struct toml_parser *parser, const char *string)
{
    size_t length = strlen(string);
    return length <= parser->document.length - parser->at &&
           memcmp(parser->document.bytes + parser->at, string, length) == 0;
}

void toml_skip_blanks(struct toml_parser *parser)
{
    while (toml_peek(parser, 0) == ' ' || toml_peek(parser, 0) == '\t')
        parser->at++;
}

static void skip_comment(struct toml_parser *parser)
{
    while (toml_peek(parser, 0) != 0 && toml_peek(parser, 0) != '\n')
        parser->at++;
}

void toml_skip_lines(struct toml_parser *parser)
{
    for (;; parser->at++) {
        if (toml_peek(parser, 0) == '#')
            skip_comment(parser);
        char byte = toml_peek(parser, 0);
        if (byte == 0 || strchr(" \t\r\n", byte) == NULL)
            return;
    }
}

static bool is_bare_key_byte(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           byte == '_' || byte == '-';
}

/* One part of a dotted key, with the blanks around it. */
static bool read_key_part(struct toml_parser *parser, struct text *key)
{
    toml_skip_blanks(parser);
    if (toml_peek(parser, 0) == '"' || toml_peek(parser, 0) == '\'') {
        if (!toml_read_quoted_key(parser, key))
            return false;
    } else {
        size_t start = parser->at;
        while (is_bare_key_byte(toml_peek(parser, 0)))
            parser->at++;
        if (parser->at == start)
            return toml_failed(parser, "expected a key");
        *key = text_copy(parser->document.bytes + start, parser->at - start);
    }
    toml_skip_blanks(parser);
    return true;
}

/* The table a dotted key goes through. It may have been made by dotted keys only. */
static struct toml *enter_dotted(struct toml_parser *parser, struct toml *parent, struct text key)
{
    struct toml *table = toml_find_member(parser, parent, key);
    if (table == NULL)
        return toml_add_table(parser, parent, key, toml_from_dots);
    return table->type == toml_table && table->origin == toml_from_dots ? table : NULL;
}

bool toml_read_pair(struct toml_parser *parser, struct toml *table)
{
    struct text key;
    if (!read_key_part(parser, &key))
        return false;
    while (toml_peek(parser, 0) == '.') {
        parser->at++;
        table = enter_dotted(parser, table, key);
        if (table == NULL)
            return toml_failed(parser, "key has already been defined");
        if (!read_key_part(parser, &key))
            return false;
    }
    if (toml_peek(parser, 0) != '=')
        return toml_failed(parser, "expected '.' or '=' behind a key");
    if (toml_find_member(parser, table, key) != NULL)
        return toml_failed(parser, "key has already been defined");
    parser->at++;
    toml_skip_blanks(parser);
    return toml_read_value(parser, toml_add_member(parser, table, key));
}

/* The table a header's path goes through: of an array of tables the newest. */
static struct toml *enter_header(struct toml_parser *parser, struct toml *parent, struct text key)
{
    struct toml *member = toml_find_member(parser, parent, key);
    if (member == NULL)
        return toml_add_table(parser, parent, key, toml_from_path);
    if (member->origin == toml_from_headers)
        return member->last;
    return member->type == toml_table && member->origin != toml_from_value ? member : NULL;
}

static struct toml *open_table(struct toml_parser *parser, struct toml *parent, struct text key)
{
    struct toml *table = toml_find_member(parser, parent, key);
    if (table == NULL)
        return toml_add_table(parser, parent, key, toml_from_header);
    if (table->origin != toml_from_path)
        return NULL;
    table->origin = toml_from_header;
    return table;
}

static struct toml *open_array_item(struct toml_parser *parser, struct toml *parent, struct text key)
{
    struct toml *array = toml_find_member(parser, parent, key);
    if (array == NULL) {
        array = toml_add_member(parser, parent, key);
        array->type = toml_array;
        array->origin = toml_from_headers;
    }
    if (array->origin != toml_from_headers)
        return NULL;
    struct toml *table = memory_take(1, sizeof *table);
    table->type = toml_table;
    table->origin = toml_from_header;
    table->offset = parser->at;
    toml_append(array, table);
    return table;
}

/* [a.b] or [[a.b]]: the table that the following pairs go into. */
static struct toml *read_header(struct toml_parser *parser, struct toml *root)
{
    bool is_array = toml_sees(parser, "[[");
    const char *end = is_array ? "]]" : "]";
    parser->at += is_array ? 2 : 1;
    struct toml *table = root;
    struct text key;
    for (;;) {
        if (!read_key_part(parser, &key))
            return NULL;
        if (toml_peek(parser, 0) != '.')
            break;
        parser->at++;
        table = enter_header(parser, table, key);
        if (table == NULL) {
            toml_failed(parser, "key has already been defined");
            return NULL;
        }
    }
    if (!toml_sees(parser, end)) {
        toml_failed(parser, "expected '.' or ']' to end a table name");
        return NULL;
    }
    table = is_array ? open_array_item(parser, table, key) : open_table(parser, table, key);
    if (table == NULL)
        toml_failed(parser, "key has already been defined");
    parser->at += is_array ? 2 : 1;
    return table;
}

/* Blanks and a comment up to the end of the line or file. */
static bool read_line_end(struct toml_parser *parser)
{
    toml_skip_blanks(parser);
    if (toml_peek(parser, 0) == '#')
        skip_comment(parser);
    char byte = toml_peek(parser, 0);
    if (byte != 0 && byte != '\n' && byte != '\r')
        return toml_failed(parser, "expected the end of the line");
    return true;
}

static bool read_document(struct toml_parser *parser, struct toml *root)
{
    struct toml *table = root;
    for (;;) {
        toml_skip_lines(parser);
        if (toml_peek(parser, 0) == 0)
            return true;
        if (toml_peek(parser, 0) == '[') {
            table = read_header(parser, root);
            if (table == NULL)
                return false;
        } else if (!toml_read_pair(parser, table)) {
            return false;
        }
        if (!read_line_end(parser))
            return false;
    }
}

struct toml *toml_parse(struct text document, struct toml_error *error)
{
    static const struct text byte_order_mark = {"\xef\xbb\xbf", 3};
    struct toml_parser parser = {.document = document, .error = error};
    if (document.length >= 3 && memcmp(document.bytes, byte_order_mark.bytes, 3) == 0) {
        parser.document.bytes += 3;
        parser.document.length -= 3;
    }
    if (!toml_check_characters(&parser))
        return NULL;
    toml_make_index(&parser);
    struct toml *root = memory_take(1, sizeof *root);
    root->type = toml_table;
    root->origin = toml_from_header;
    return read_document(&parser, root) ? root : NULL;
}

const struct toml *toml_member(const struct toml *table, const char *key)
{
    const struct toml *similar = NULL;
    for (const struct toml *member = table->first; member != NULL; member = member->next) {
        if (text_is(member->key, key))
            return member;
        if (similar == NULL && text_is_fold(member->key, key))
            similar = member;
    }
    return similar;
}

const char *toml_type_name(enum toml_type type)
{
    static const char *const names[] = {"string", "integer", "float", "boolean", "datetime", "array", "table"};
    return names[type];
}

size_t toml_line(struct text document, size_t offset)
{
    size_t line = 1;
    for (size_t i = 0; i < offset && i < document.length; i++)
        line += document.bytes[i] == '\n';
    return line;
}
