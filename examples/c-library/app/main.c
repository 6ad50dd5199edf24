/* Works out one sum a line from standard input. */
#include <stdio.h>

#include "calc.h"

static const char *const words[] = {
    [CALC_TOO_FEW] = "too few numbers",
    [CALC_TOO_MANY] = "too many numbers",
    [CALC_BAD_WORD] = "neither a number nor an operator",
    [CALC_BY_ZERO] = "division by zero",
};

int main(void) {
    char line[256];
    int wrong = 0;
    while (fgets(line, sizeof line, stdin) != NULL) {
        double value;
        enum calc_result result = calc(line, &value);
        if (result == CALC_OK) {
            printf("%g\n", value);
        } else {
            printf("%s\n", words[result]);
            wrong = 1;
        }
    }
    return wrong;
}
