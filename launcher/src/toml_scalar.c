#include "toml_parser.h"

#include <string.h>

/* A cursor over one token; the readers below move it and say whether they found what they read. */
struct token {
    const char *at;
    const char *end;
};

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool take(struct token *token, const char *any_of)
{
    if (token->at == token->end || strchr(any_of, *token->at) == NULL)
        return false;
    token->at++;
    return true;
}

/* Digits of the alphabet, single underscores between them. */
static bool take_digits(struct token *token, const char *alphabet)
{
    do {
        if (!take(token, alphabet))
            return false;
        while (take(token, alphabet))
            ;
    } while (take(token, "_"));
    return true;
}

static bool is_whole(struct token token, bool found)
{
    return found && token.at == token.end;
}

/* Whether the digits fit into a signed integer of 64 bits, in the base. */
static bool fits(const char *at, const char *end, unsigned base, bool negative)
{
    unsigned long long number = 0;
    for (; at < end; at++) {
        if (*at == '_')
            continue;
        unsigned digit = is_digit(*at) ? (unsigned)(*at - '0') : (unsigned)((*at | 0x20) - 'a' + 10);
        if (__builtin_mul_overflow(number, (unsigned long long)base, &number) ||
            __builtin_add_overflow(number, (unsigned long long)digit, &number))
            return false;
    }
    return number <= (1ULL << 63) - (negative ? 0 : 1);
}

static bool is_based_integer(struct token token)
{
    if (token.end - token.at < 3 || token.at[0] != '0')
        return false;
    char base = token.at[1];
    const char *alphabet = base == 'x' ? "0123456789abcdefABCDEF" : base == 'o' ? "01234567" : base == 'b' ? "01" : "";
    token.at += 2;
    const char *digits = token.at;
    return is_whole(token, take_digits(&token, alphabet)) &&
           fits(digits, token.end, base == 'x' ? 16 : base == 'o' ? 8 : 2, false);
}

/* Sign and digits without leading zeros. */
static bool take_decimal(struct token *token)
{
    take(token, "+-");
    if (take(token, "0"))
        return true;
    return take_digits(token, "0123456789");
}

static bool is_integer(struct token token)
{
    bool negative = token.at < token.end && *token.at == '-';
    const char *digits = token.at + (token.at < token.end && (*token.at == '-' || *token.at == '+'));
    return is_whole(token, take_decimal(&token)) && fits(digits, token.end, 10, negative);
}

static bool is_float(struct token token)
{
    if (!take_decimal(&token))
        return false;
    bool has_fraction = take(&token, ".");
    if (has_fraction && !take_digits(&token, "0123456789"))
        return false;
    bool has_exponent = take(&token, "eE");
    if (has_exponent)
        take(&token, "+-");
    if (has_exponent && !take_digits(&token, "0123456789"))
        return false;
    return is_whole(token, has_fraction || has_exponent);
}

/* Exactly `count` digits, as a number within the bounds. */
static bool take_number(struct token *token, int count, int least, int most, int *number)
{
    *number = 0;
    for (int i = 0; i < count; i++) {
        if (token->at == token->end || !is_digit(*token->at))
            return false;
        *number = *number * 10 + (*token->at++ - '0');
    }
    return *number >= least && *number <= most;
}

static bool take_date(struct token *token)
{
    static const char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year, month, day;
    if (!take_number(token, 4, 0, 9999, &year) || !take(token, "-") || !take_number(token, 2, 1, 12, &month) ||
        !take(token, "-") || !take_number(token, 2, 1, 31, &day))
        return false;
    bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return day <= days[month - 1] + (month == 2 && is_leap);
}

/* Hours and minutes; since TOML 1.1 seconds may be left out. */
static bool take_time(struct token *token)
{
    int number;
    if (!take_number(token, 2, 0, 23, &number) || !take(token, ":") || !take_number(token, 2, 0, 59, &number))
        return false;
    if (!take(token, ":"))
        return true;
    if (!take_number(token, 2, 0, 59, &number))
        return false;
    if (!take(token, "."))
        return true;
    bool found = false;
    while (take(token, "0123456789"))
        found = true;
    return found;
}

static bool take_offset(struct token *token)
{
    int number;
    if (take(token, "Zz"))
        return true;
    return take(token, "+-") && take_number(token, 2, 0, 23, &number) && take(token, ":") &&
           take_number(token, 2, 0, 59, &number);
}

static bool is_datetime(struct token token)
{
    struct token time = token;
    if (is_whole(time, take_time(&time)))
        return true;
    if (!take_date(&token))
        return false;
    if (token.at == token.end)
        return true;
    if (!take(&token, "Tt ") || !take_time(&token))
        return false;
    return token.at == token.end || is_whole(token, take_offset(&token));
}

static bool is_special_float(struct token token)
{
    take(&token, "+-");
    return token.end - token.at == 3 && (memcmp(token.at, "inf", 3) == 0 || memcmp(token.at, "nan", 3) == 0);
}

/* Everything that can be part of a scalar; one blank may stand between a date and a time. */
static size_t token_length(const struct toml_parser *parser)
{
    static const char any_of[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+-_.:";
    const char *start = parser->document.bytes + parser->at;
    size_t length = strspn(start, any_of);
    if (length == 10 && start[4] == '-' && start[10] == ' ' && is_digit(start[11]))
        length += 1 + strspn(start + 11, any_of);
    return length;
}

bool toml_read_scalar(struct toml_parser *parser, struct toml *value)
{
    size_t length = token_length(parser);
    const char *start = parser->document.bytes + parser->at;
    struct token token = {start, start + length};
    value->boolean = length == 4 && memcmp(start, "true", 4) == 0;
    if (value->boolean || (length == 5 && memcmp(start, "false", 5) == 0))
        value->type = toml_boolean;
    else if (is_integer(token) || is_based_integer(token))
        value->type = toml_integer;
    else if (is_float(token) || is_special_float(token))
        value->type = toml_float;
    else if (is_datetime(token))
        value->type = toml_datetime;
    else
        return toml_failed(parser, length == 0 ? "expected a value" : "invalid value");
    parser->at += length;
    return true;
}
