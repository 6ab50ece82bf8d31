#ifndef LAUNCHER_TOML_H
#define LAUNCHER_TOML_H

#include "text.h"

/* TOML 1.1 (https://toml.io), of which the launcher needs tables, arrays, strings and booleans;
 * other values are checked and kept without their meaning. */
enum toml_type {
    toml_string,
    toml_integer,
    toml_float,
    toml_boolean,
    toml_datetime,
    toml_array,
    toml_table,
};

/* How a table or array came to be, which decides what may be added to it later. */
enum toml_origin {
    toml_from_value,   /* { } or [ ]: complete */
    toml_from_header,  /* [name] */
    toml_from_headers, /* [[name]]: an array that grows */
    toml_from_path,    /* a parent named only in [parent.name] */
    toml_from_dots,    /* a parent named only in parent.name = value */
};

struct toml {
    enum toml_type type;
    enum toml_origin origin;
    size_t offset; /* of the value in the document */
    struct text key;
    struct text string;
    bool boolean;
    struct toml *first;
    struct toml *last;
    struct toml *next;
};

struct toml_error {
    size_t offset;
    const char *reason;
};

/* Reads a document of at most file_size_limit bytes. NULL with the error set if it is none. */
struct toml *toml_parse(struct text document, struct toml_error *error);
/* The member of a table whose key differs at most in case (an exact match is preferred), or NULL. */
const struct toml *toml_member(const struct toml *table, const char *key);
const char *toml_type_name(enum toml_type type);
/* The number of the line the offset is on. */
size_t toml_line(struct text document, size_t offset);

#endif
