#ifndef LAUNCHER_TOML_PARSER_H
#define LAUNCHER_TOML_PARSER_H

/* What the files of the TOML reader share. */

#include "toml.h"

struct toml_slot {
    const struct toml *parent;
    struct toml *member;
};

struct toml_parser {
    struct text document;
    size_t at;
    struct toml_error *error;
    struct toml_slot *slots; /* the members by parent and key, so that a look-up takes no search */
    size_t slot_count;
    int depth;
};

/* Records what is wrong at the current place. Always false, so that callers can return it. */
bool toml_failed(struct toml_parser *parser, const char *reason);
/* The byte `ahead` of the current place; 0 past the end (a NUL in the document was refused before). */
char toml_peek(const struct toml_parser *parser, size_t ahead);
/* Whether the document goes on with the string. */
bool toml_sees(const struct toml_parser *parser, const char *string);
void toml_skip_blanks(struct toml_parser *parser);
/* Blanks, newlines and comments. */
void toml_skip_lines(struct toml_parser *parser);

/* toml_index.c: the members of tables. toml_make_index comes first. */
void toml_make_index(struct toml_parser *parser);
struct toml *toml_find_member(struct toml_parser *parser, const struct toml *parent, struct text key);
struct toml *toml_add_member(struct toml_parser *parser, struct toml *parent, struct text key);
struct toml *toml_add_table(struct toml_parser *parser, struct toml *parent, struct text key,
                            enum toml_origin origin);
/* Puts the child behind the last one of a table or array. */
void toml_append(struct toml *parent, struct toml *child);

/* toml_characters.c: UTF-8 throughout, no control characters, no lone carriage return. */
bool toml_check_characters(struct toml_parser *parser);
/* toml_string.c: the parser stands on the quote. A key is never a multi-line string. */
bool toml_read_string(struct toml_parser *parser, struct text *string);
bool toml_read_quoted_key(struct toml_parser *parser, struct text *string);
/* toml_scalar.c: booleans, numbers, dates and times. */
bool toml_read_scalar(struct toml_parser *parser, struct toml *value);
/* toml_value.c: any value; the keys of inline tables are read with toml_read_pair. */
bool toml_read_value(struct toml_parser *parser, struct toml *value);
/* toml.c: key = value, into the table. */
bool toml_read_pair(struct toml_parser *parser, struct toml *table);

#endif
