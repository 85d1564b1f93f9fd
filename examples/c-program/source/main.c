/* wordfreq: counts the words of its standard input, the most frequent first. */
#include "table.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#define LONGEST 255 /* what is longer is cut into several words */

int main(void)
{
    struct table table = {0};
    char word[LONGEST + 1];
    size_t length = 0;
    int c;

    do {
        c = getchar();
        if (c != EOF && isalnum((unsigned char)c) && length < LONGEST) {
            word[length++] = (char)tolower((unsigned char)c);
            continue;
        }
        if (length > 0) {
            word[length] = '\0';
            if (table_count(&table, word) != 0) {
                perror("wordfreq");
                return EXIT_FAILURE;
            }
            length = 0;
        }
        if (c != EOF && isalnum((unsigned char)c))
            word[length++] = (char)tolower((unsigned char)c);
    } while (c != EOF);

    table_sort(&table);
    for (size_t i = 0; i < table.used; i++)
        printf("%7lu %s\n", table.entries[i].count, table.entries[i].word);
    table_free(&table);
    return ferror(stdin) || fflush(stdout) != 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
