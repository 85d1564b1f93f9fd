/* A hash table from words to how often they occurred. */
#ifndef TABLE_H
#define TABLE_H

#include <stddef.h>

struct entry {
    char *word;
    unsigned long count;
};

struct table {
    struct entry *entries; /* `capacity` of them; free ones have no word */
    size_t capacity;       /* a power of two */
    size_t used;
};

/* Counts one more occurrence of a word. Returns 0, or -1 when there is no memory. */
int table_count(struct table *table, const char *word);

/* Brings the entries to the front, the most frequent first, then by alphabet. The table only serves to be read after. */
void table_sort(struct table *table);

void table_free(struct table *table);

#endif
