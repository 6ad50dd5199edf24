#include "calc.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "stack.h"

static enum calc_result apply(char operator, struct stack *stack) {
    double left, right;
    if (stack_pop(stack, &right) != 0 || stack_pop(stack, &left) != 0) {
        return CALC_TOO_FEW;
    }
    switch (operator) {
    case '+': stack_push(stack, left + right); return CALC_OK;
    case '-': stack_push(stack, left - right); return CALC_OK;
    case '*': stack_push(stack, left * right); return CALC_OK;
    default:
        if (right == 0) {
            return CALC_BY_ZERO;
        }
        stack_push(stack, left / right);
        return CALC_OK;
    }
}

/* Takes one number or operator off the front of the text. */
static enum calc_result step(const char **text, struct stack *stack) {
    char *end;
    double number = strtod(*text, &end);
    if (end != *text) {
        *text = end;
        return stack_push(stack, number) == 0 ? CALC_OK : CALC_TOO_MANY;
    }
    if (strchr("+-*/", **text) == NULL) {
        return CALC_BAD_WORD;
    }
    return apply(*(*text)++, stack);
}

enum calc_result calc(const char *text, double *value) {
    struct stack stack = {.count = 0};
    for (;;) {
        while (isspace((unsigned char)*text)) {
            text++;
        }
        if (*text == '\0') {
            break;
        }
        enum calc_result result = step(&text, &stack);
        if (result != CALC_OK) {
            return result;
        }
    }
    double answer;
    if (stack_pop(&stack, &answer) != 0) {
        return CALC_TOO_FEW;
    }
    if (stack.count > 0) {
        return CALC_TOO_MANY;
    }
    *value = answer;
    return CALC_OK;
}
