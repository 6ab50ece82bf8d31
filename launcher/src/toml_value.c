#include "memory.h"
#include "toml_parser.h"

/* Bounds the recursion. Nothing a lifecycle writes is nested more than a few levels. */
enum { depth_limit = 64 };

static bool read_array(struct toml_parser *parser, struct toml *array)
{
    parser->at++;
    for (;;) {
        toml_skip_lines(parser);
        if (toml_peek(parser, 0) == ']')
            break;
        struct toml *item = memory_take(1, sizeof *item);
        if (!toml_read_value(parser, item))
            return false;
        toml_append(array, item);
        toml_skip_lines(parser);
        if (toml_peek(parser, 0) == ']')
            break;
        if (toml_peek(parser, 0) != ',')
            return toml_failed(parser, "expected a comma (',') or array terminator (']')");
        parser->at++;
    }
    parser->at++;
    return true;
}

static bool read_inline_table(struct toml_parser *parser, struct toml *table)
{
    parser->at++;
    for (;;) {
        toml_skip_lines(parser);
        if (toml_peek(parser, 0) == '}')
            break;
        if (!toml_read_pair(parser, table))
            return false;
        toml_skip_lines(parser);
        if (toml_peek(parser, 0) == '}')
            break;
        if (toml_peek(parser, 0) != ',')
            return toml_failed(parser, "expected a comma or an inline table terminator '}'");
        parser->at++;
    }
    parser->at++;
    return true;
}

static bool read_collection(struct toml_parser *parser, struct toml *value, enum toml_type type)
{
    if (parser->depth == depth_limit)
        return toml_failed(parser, "values are nested too deeply");
    value->type = type;
    parser->depth++;
    bool is_read = type == toml_array ? read_array(parser, value) : read_inline_table(parser, value);
    parser->depth--;
    return is_read;
}

bool toml_read_value(struct toml_parser *parser, struct toml *value)
{
    value->offset = parser->at;
    switch (toml_peek(parser, 0)) {
    case '"':
    case '\'': return toml_read_string(parser, &value->string);
    case '[': return read_collection(parser, value, toml_array);
    case '{': return read_collection(parser, value, toml_table);
    default: return toml_read_scalar(parser, value);
    }
}
