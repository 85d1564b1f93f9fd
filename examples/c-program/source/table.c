#include "table.h"

#include <stdlib.h>
#include <string.h>

/* FNV-1a: http://www.isthe.com/chongo/tech/comp/fnv/ */
static size_t hash(const char *word)
{
    size_t value = 2166136261u;
    for (; *word != '\0'; word++)
        value = (value ^ (unsigned char)*word) * 16777619u;
    return value;
}

static struct entry *find(const struct table *table, const char *word)
{
    size_t i = hash(word) & (table->capacity - 1);
    while (table->entries[i].word != NULL && strcmp(table->entries[i].word, word) != 0)
        i = (i + 1) & (table->capacity - 1);
    return &table->entries[i];
}

static int grow(struct table *table)
{
    struct table larger = {0};
    larger.capacity = table->capacity == 0 ? 64 : table->capacity * 2;
    larger.used = table->used;
    larger.entries = calloc(larger.capacity, sizeof *larger.entries);
    if (larger.entries == NULL)
        return -1;
    for (size_t i = 0; i < table->capacity; i++)
        if (table->entries[i].word != NULL)
            *find(&larger, table->entries[i].word) = table->entries[i];
    free(table->entries);
    *table = larger;
    return 0;
}

int table_count(struct table *table, const char *word)
{
    if (table->used * 2 >= table->capacity && grow(table) != 0)
        return -1;
    struct entry *entry = find(table, word);
    if (entry->word == NULL) {
        size_t size = strlen(word) + 1;
        entry->word = malloc(size);
        if (entry->word == NULL)
            return -1;
        memcpy(entry->word, word, size);
        table->used++;
    }
    entry->count++;
    return 0;
}

static int by_count(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;
    if (a->count != b->count)
        return a->count < b->count ? 1 : -1;
    return strcmp(a->word, b->word);
}

void table_sort(struct table *table)
{
    size_t next = 0;
    for (size_t i = 0; i < table->capacity; i++)
        if (table->entries[i].word != NULL)
            table->entries[next++] = table->entries[i];
    for (size_t i = next; i < table->capacity; i++)
        table->entries[i].word = NULL;
    if (next > 0)
        qsort(table->entries, next, sizeof *table->entries, by_count);
}

void table_free(struct table *table)
{
    for (size_t i = 0; i < table->capacity; i++)
        free(table->entries[i].word);
    free(table->entries);
}
