#include "toml_parser.h"

/* The length of the UTF-8 sequence at the place, or 0 if there is none: overlong forms and surrogates are refused. */
static size_t sequence_length(struct text text, size_t at)
{
    unsigned char lead = (unsigned char)text.bytes[at];
    if (lead < 0x80)
        return 1;
    size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || text.length - at < length)
        return 0;
    for (size_t i = 1; i < length; i++)
        if (((unsigned char)text.bytes[at + i] & 0xc0) != 0x80)
            return 0;
    unsigned char second = (unsigned char)text.bytes[at + 1];
    bool is_wrong = (lead == 0xe0 && second < 0xa0) || (lead == 0xed && second > 0x9f) ||
                    (lead == 0xf0 && second < 0x90) || (lead == 0xf4 && second > 0x8f);
    return is_wrong ? 0 : length;
}

static bool is_control(char byte)
{
    return ((unsigned char)byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') || byte == 0x7f;
}

bool toml_check_characters(struct toml_parser *parser)
{
    struct text text = parser->document;
    while (parser->at < text.length) {
        char byte = text.bytes[parser->at];
        if (is_control(byte) || (byte == '\r' && toml_peek(parser, 1) != '\n'))
            return toml_failed(parser, "control characters are not allowed");
        size_t length = sequence_length(text, parser->at);
        if (length == 0)
            return toml_failed(parser, "invalid UTF-8");
        parser->at += length;
    }
    parser->at = 0;
    return true;
}
