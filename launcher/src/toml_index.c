#include <stdint.h>

#include "memory.h"
#include "toml_parser.h"

/* Members are at least two bytes each in the document, so the index is at most half full. */
void toml_make_index(struct toml_parser *parser)
{
    parser->slot_count = 16;
    while (parser->slot_count < parser->document.length)
        parser->slot_count *= 2;
    parser->slots = memory_take(parser->slot_count, sizeof *parser->slots);
}

static bool is_slot_of(const struct toml_slot *slot, const struct toml *parent, struct text key)
{
    return slot->member == NULL || (slot->parent == parent && text_equal(slot->member->key, key));
}

/* FNV-1a over the parent's address and the key; then the next slots in turn. */
static struct toml_slot *find_slot(struct toml_parser *parser, const struct toml *parent, struct text key)
{
    uint64_t hash = 0xcbf29ce484222325u ^ (uint64_t)(uintptr_t)parent;
    for (size_t i = 0; i < key.length; i++)
        hash = (hash ^ (unsigned char)key.bytes[i]) * 0x100000001b3u;
    size_t at = (size_t)(hash ^ hash >> 29) & (parser->slot_count - 1);
    while (!is_slot_of(&parser->slots[at], parent, key))
        at = (at + 1) & (parser->slot_count - 1);
    return &parser->slots[at];
}

struct toml *toml_find_member(struct toml_parser *parser, const struct toml *parent, struct text key)
{
    return find_slot(parser, parent, key)->member;
}

void toml_append(struct toml *parent, struct toml *child)
{
    if (parent->last == NULL)
        parent->first = child;
    else
        parent->last->next = child;
    parent->last = child;
}

struct toml *toml_add_member(struct toml_parser *parser, struct toml *parent, struct text key)
{
    struct toml *member = memory_take(1, sizeof *member);
    member->key = key;
    member->offset = parser->at;
    toml_append(parent, member);
    struct toml_slot *slot = find_slot(parser, parent, key);
    slot->parent = parent;
    slot->member = member;
    return member;
}

struct toml *toml_add_table(struct toml_parser *parser, struct toml *parent, struct text key,
                            enum toml_origin origin)
{
    struct toml *table = toml_add_member(parser, parent, key);
    table->type = toml_table;
    table->origin = origin;
    return table;
}
