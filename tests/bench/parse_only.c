/* What libclang alone costs: load it, parse one header with the given arguments, leave.
   Usage: parse_only LIBRARY HEADER [ARGUMENT...] */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

typedef void *(*create_index)(int, int);
typedef int (*parse_unit)(void *, const char *, const char *const *, int, void *, unsigned, unsigned, void **);

int main(int argc, char **argv)
{
    /* DetailedPreprocessingRecord | SkipFunctionBodies | KeepGoing, as the generator parses. */
    const unsigned options = 0x01 | 0x40 | 0x200;
    void *library = dlopen(argv[1], RTLD_NOW), *unit = NULL;
    if (!library) {
        fprintf(stderr, "%s\n", dlerror());
        return 1;
    }
    create_index index = (create_index)dlsym(library, "clang_createIndex");
    parse_unit parse = (parse_unit)dlsym(library, "clang_parseTranslationUnit2");
    int status =
        parse(index(0, 0), argv[2], (const char *const *)(argv + 3), argc - 3, NULL, 0, options, &unit);
    /* Tearing down is not parsing. */
    _Exit(status);
}
