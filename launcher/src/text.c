#include "text.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "memory.h"

struct text text_of(const char *string)
{
    return (struct text){string, strlen(string)};
}

struct text text_copy(const char *bytes, size_t length)
{
    char *copy = memory_take(length + 1, 1);
    if (length != 0)
        memcpy(copy, bytes, length);
    return (struct text){copy, length};
}

bool text_equal(struct text a, struct text b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.bytes, b.bytes, a.length) == 0);
}

bool text_is(struct text a, const char *b)
{
    return text_equal(a, text_of(b));
}

static char lower(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte + ('a' - 'A')) : byte;
}

bool text_is_fold(struct text a, const char *b)
{
    if (a.length != strlen(b))
        return false;
    for (size_t i = 0; i < a.length; i++)
        if (lower(a.bytes[i]) != lower(b[i]))
            return false;
    return true;
}

const char *text_c_string(struct text text)
{
    if (memchr(text.bytes, 0, text.length) != NULL) {
        errno = EINVAL;
        return NULL;
    }
    return text.bytes;
}

static void buffer_reserve(struct buffer *buffer, size_t extra)
{
    size_t needed = buffer->length + extra + 1;
    if (needed <= buffer->capacity)
        return;
    size_t capacity = buffer->capacity == 0 ? 64 : buffer->capacity;
    while (capacity < needed)
        capacity *= 2;
    char *bytes = memory_take(capacity, 1);
    if (buffer->length != 0)
        memcpy(bytes, buffer->bytes, buffer->length);
    buffer->bytes = bytes;
    buffer->capacity = capacity;
}

void buffer_add(struct buffer *buffer, struct text text)
{
    buffer_reserve(buffer, text.length);
    if (text.length != 0)
        memcpy(buffer->bytes + buffer->length, text.bytes, text.length);
    buffer->length += text.length;
    buffer->bytes[buffer->length] = 0;
}

void buffer_add_string(struct buffer *buffer, const char *string)
{
    buffer_add(buffer, text_of(string));
}

void buffer_add_byte(struct buffer *buffer, char byte)
{
    buffer_add(buffer, (struct text){&byte, 1});
}

struct text buffer_text(struct buffer *buffer)
{
    buffer_reserve(buffer, 0);
    buffer->bytes[buffer->length] = 0;
    return (struct text){buffer->bytes, buffer->length};
}

char *concat(const char *first, ...)
{
    struct buffer buffer = {0};
    va_list parts;
    va_start(parts, first);
    for (const char *part = first; part != NULL; part = va_arg(parts, const char *))
        buffer_add_string(&buffer, part);
    va_end(parts);
    buffer_text(&buffer);
    return buffer.bytes;
}

static void add_quoted(struct buffer *buffer, unsigned char byte)
{
    static const char hex[] = "0123456789abcdef", names[] = "abtnvfr";
    if (byte >= '\a' && byte <= '\r') {
        buffer_add_byte(buffer, '\\');
        buffer_add_byte(buffer, names[byte - '\a']);
    } else if (byte < 0x20 || byte == 0x7f) {
        buffer_add_string(buffer, "\\x");
        buffer_add_byte(buffer, hex[byte >> 4]);
        buffer_add_byte(buffer, hex[byte & 15]);
    } else {
        if (byte == '"' || byte == '\\')
            buffer_add_byte(buffer, '\\');
        buffer_add_byte(buffer, (char)byte);
    }
}

char *quoted(struct text text)
{
    struct buffer buffer = {0};
    buffer_add_byte(&buffer, '"');
    for (size_t i = 0; i < text.length; i++)
        add_quoted(&buffer, (unsigned char)text.bytes[i]);
    buffer_add_byte(&buffer, '"');
    return buffer.bytes;
}

char *decimal(unsigned long long number)
{
    char digits[24];
    size_t at = sizeof digits;
    digits[--at] = 0;
    do
        digits[--at] = (char)('0' + number % 10);
    while ((number /= 10) != 0);
    return concat(digits + at, NULL);
}

void texts_add(struct texts *list, struct text item)
{
    texts_add_all(list, &item, 1);
}

/* Grows by doubling: the array is full whenever the count is a power of two (or zero). */
void texts_add_all(struct texts *list, const struct text *items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if ((list->count & (list->count - 1)) == 0) {
            struct text *grown = memory_take(list->count == 0 ? 1 : list->count * 2, sizeof *grown);
            if (list->count != 0)
                memcpy(grown, list->items, list->count * sizeof *grown);
            list->items = grown;
        }
        list->items[list->count++] = items[i];
    }
}

char **texts_c_strings(const struct texts *list)
{
    char **strings = memory_take(list->count + 1, sizeof *strings);
    for (size_t i = 0; i < list->count; i++) {
        const char *string = text_c_string(list->items[i]);
        if (string == NULL)
            return NULL;
        strings[i] = (char *)string;
    }
    return strings;
}
