#ifndef LAUNCHER_TEXT_H
#define LAUNCHER_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* A string with its length: TOML and files may hold NUL bytes. A NUL always follows the last byte as well. */
struct text {
    const char *bytes;
    size_t length;
};

struct texts {
    struct text *items;
    size_t count;
};

/* Bytes under construction. Start from {0}. */
struct buffer {
    char *bytes;
    size_t length;
    size_t capacity;
};

struct text text_of(const char *string);
struct text text_copy(const char *bytes, size_t length);
bool text_equal(struct text a, struct text b);
bool text_is(struct text a, const char *b);
/* Whether the keys differ at most in the case of ASCII letters. */
bool text_is_fold(struct text a, const char *b);
/* The text as a C string, or NULL with errno EINVAL if a NUL byte would cut it short. */
const char *text_c_string(struct text text);

void buffer_add(struct buffer *buffer, struct text text);
void buffer_add_string(struct buffer *buffer, const char *string);
void buffer_add_byte(struct buffer *buffer, char byte);
struct text buffer_text(struct buffer *buffer);

/* Concatenates C strings up to the closing NULL. */
char *concat(const char *first, ...) __attribute__((sentinel));
/* "text" with quotes around it; quotes, backslashes and control bytes are escaped. */
char *quoted(struct text text);
/* The decimal form of the number. */
char *decimal(unsigned long long number);

void texts_add(struct texts *list, struct text item);
void texts_add_all(struct texts *list, const struct text *items, size_t count);
/* A NULL-terminated array for execve, or NULL with errno EINVAL if an item holds a NUL byte. */
char **texts_c_strings(const struct texts *list);

#endif
