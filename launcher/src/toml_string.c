#include "toml_parser.h"

#include <string.h>

static int hex_value(char byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    byte = (char)(byte | 0x20);
    return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

static void add_code_point(struct buffer *out, unsigned long code)
{
    if (code < 0x80) {
        buffer_add_byte(out, (char)code);
        return;
    }
    int tail = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static const unsigned char lead[] = {0, 0xc0, 0xe0, 0xf0};
    buffer_add_byte(out, (char)(lead[tail] | (code >> (6 * tail))));
    while (tail-- > 0)
        buffer_add_byte(out, (char)(0x80 | ((code >> (6 * tail)) & 0x3f)));
}

/* \xHH, \uHHHH, \UHHHHHHHH: the parser stands on the first digit. */
static bool read_hex_escape(struct toml_parser *parser, int digits, struct buffer *out)
{
    unsigned long code = 0;
    for (int i = 0; i < digits; i++) {
        int value = hex_value(toml_peek(parser, 0));
        if (value < 0)
            return toml_failed(parser, "expected hexadecimal digits in an escape");
        code = code << 4 | (unsigned long)value;
        parser->at++;
    }
    if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
        return toml_failed(parser, "escaped character is not valid UTF-8");
    add_code_point(out, code);
    return true;
}

/* The parser stands behind the backslash. */
static bool read_escape(struct toml_parser *parser, struct buffer *out)
{
    static const char names[] = "btnfre\"\\", bytes[] = "\b\t\n\f\r\x1b\"\\";
    char name = toml_peek(parser, 0);
    const char *found = name == 0 ? NULL : strchr(names, name);
    if (found != NULL) {
        buffer_add_byte(out, bytes[found - names]);
        parser->at++;
        return true;
    }
    int digits = name == 'x' ? 2 : name == 'u' ? 4 : name == 'U' ? 8 : 0;
    if (digits == 0)
        return toml_failed(parser, "invalid escape in a string");
    parser->at++;
    return read_hex_escape(parser, digits, out);
}

/* "..." or '...': the parser stands on the quote. */
static bool read_single_line(struct toml_parser *parser, char quote, struct buffer *out)
{
    parser->at++;
    for (;;) {
        char byte = toml_peek(parser, 0);
        if (byte == 0 || byte == '\n' || byte == '\r')
            return toml_failed(parser, "strings cannot contain newlines");
        parser->at++;
        if (byte == quote)
            return true;
        if (byte == '\\' && quote == '"') {
            if (!read_escape(parser, out))
                return false;
        } else {
            buffer_add_byte(out, byte);
        }
    }
}

/* Behind a backslash: skips blanks up to a newline, and after it blanks and newlines. */
static bool skip_line_end(struct toml_parser *parser)
{
    size_t length = strspn(parser->document.bytes + parser->at, " \t\r\n");
    if (memchr(parser->document.bytes + parser->at, '\n', length) == NULL)
        return false;
    parser->at += length;
    return true;
}

static size_t count_quotes(const struct toml_parser *parser, char quote)
{
    size_t count = 0;
    while (toml_peek(parser, count) == quote)
        count++;
    return count;
}

/* Quotes inside or at the end: one or two belong to the text, three close it, up to two more before them are text. */
static bool read_quotes(struct toml_parser *parser, char quote, struct buffer *out, bool *closed)
{
    size_t count = count_quotes(parser, quote);
    if (count > 5)
        return toml_failed(parser, "too many quotes at the end of a multi-line string");
    *closed = count >= 3;
    for (size_t i = *closed ? 3 : 0; i < count; i++)
        buffer_add_byte(out, quote);
    parser->at += count;
    return true;
}

/* """...""" or '''...''': the parser stands on the first quote. */
static bool read_multi_line(struct toml_parser *parser, char quote, struct buffer *out)
{
    parser->at += 3;
    if (toml_sees(parser, "\r\n"))
        parser->at += 2;
    else if (toml_peek(parser, 0) == '\n')
        parser->at++;
    for (bool closed = false; !closed;) {
        char byte = toml_peek(parser, 0);
        if (byte == 0)
            return toml_failed(parser, "unexpected end of file in a multi-line string");
        if (byte == quote) {
            if (!read_quotes(parser, quote, out, &closed))
                return false;
            continue;
        }
        parser->at++;
        if (byte != '\\' || quote != '"')
            buffer_add_byte(out, byte);
        else if (!skip_line_end(parser) && !read_escape(parser, out))
            return false;
    }
    return true;
}

static bool finish(bool is_read, struct buffer *out, struct text *string)
{
    if (is_read)
        *string = buffer_text(out);
    return is_read;
}

bool toml_read_quoted_key(struct toml_parser *parser, struct text *string)
{
    struct buffer out = {0};
    return finish(read_single_line(parser, toml_peek(parser, 0), &out), &out, string);
}

bool toml_read_string(struct toml_parser *parser, struct text *string)
{
    if (!toml_sees(parser, "\"\"\"") && !toml_sees(parser, "'''"))
        return toml_read_quoted_key(parser, string);
    struct buffer out = {0};
    return finish(read_multi_line(parser, toml_peek(parser, 0), &out), &out, string);
}
