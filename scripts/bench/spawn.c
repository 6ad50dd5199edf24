/* The floor: starts `touch FOLDER/K` for K below COUNT, or `true` if FOLDER is `-`, one after the other, with posix_spawn, and does
   nothing else. */
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

extern char **environ;

int main(int count, char **words) {
    if (count != 3) {
        fprintf(stderr, "spawn: FOLDER COUNT\n");
        return 2;
    }
    const int bare = strcmp(words[1], "-") == 0;
    const char *program = bare ? "/usr/bin/true" : "/usr/bin/touch";
    for (int step = 0; step < atoi(words[2]); step++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%d", words[1], step);
        char *call[] = {bare ? "true" : "touch", bare ? NULL : path, NULL};
        pid_t child;
        int status;
        if (posix_spawn(&child, program, NULL, NULL, call, environ) != 0 || waitpid(child, &status, 0) < 0 || status != 0) {
            return 1;
        }
    }
    return 0;
}
