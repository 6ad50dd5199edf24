"""Talks to the fake model as any program would that uses the official client: whole and streamed, with and without tools."""

import json
import sys

from openai import BadRequestError, InternalServerError, OpenAI

client = OpenAI(base_url=sys.argv[1], api_key="any", max_retries=0, timeout=10)
TOOLS = [{"type": "function", "function": {"name": "add_task", "parameters": {"type": "object", "properties": {"title": {"type": "string"}}}}}]
ORDER = [{"role": "user", "content": 'CALL add_task {"title":"Buy milk"}\nCALL add_task {"title":"Pay rent"}'}]
WANTED = [("add_task", {"title": "Buy milk"}), ("add_task", {"title": "Pay rent"})]


def ask(messages, model="fake", **options):
    return client.chat.completions.create(model=model, messages=messages, **options)


def read(calls):
    return [(call.function.name, json.loads(call.function.arguments)) for call in calls]


def whole_text():
    reply = ask([{"role": "user", "content": "good day"}]).choices[0]
    assert (reply.message.content, reply.finish_reason) == ("You said: good day", "stop"), reply


def streamed_text():
    chunks = ask([{"role": "user", "content": "good day"}], stream=True)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == "You said: good day"


def whole_calls_and_their_answers():
    reply = ask(ORDER, tools=TOOLS).choices[0]
    assert reply.finish_reason == "tool_calls" and read(reply.message.tool_calls) == WANTED, reply
    answers = [{"role": "tool", "tool_call_id": call.id, "content": "done"} for call in reply.message.tool_calls]
    last = ask([*ORDER, reply.message, *answers], tools=TOOLS).choices[0].message.content
    assert last == "The tool says done", last


def streamed_calls():
    with client.chat.completions.stream(model="fake", messages=ORDER, tools=TOOLS) as stream:
        for _ in stream:
            pass
        assert read(stream.get_final_completion().choices[0].message.tool_calls) == WANTED


def unanswered_calls_are_refused():
    reply = ask(ORDER, tools=TOOLS).choices[0].message
    try:
        ask([*ORDER, reply], tools=TOOLS)
    except BadRequestError as error:
        assert "was not answered" in str(error), error
    else:
        raise AssertionError("a tool call without its answer was accepted")


def signatures_are_wanted_back():
    calls = [{"id": "a", "type": "function", "function": {"name": "add_task", "arguments": "{}"}}]
    history = [*ORDER, {"role": "assistant", "tool_calls": calls}, {"role": "tool", "tool_call_id": "a", "content": "done"}]
    try:
        ask(history, model="fake-gemini", tools=TOOLS)
    except BadRequestError as error:
        assert "thought_signature" in str(error), error
    else:
        raise AssertionError("a call without its signature was accepted")


def errors_are_errors():
    try:
        ask(ORDER, model="fake-error")
    except InternalServerError as error:
        assert "on fire" in str(error), error
    else:
        raise AssertionError("the broken model answered")


checks = [whole_text, streamed_text, whole_calls_and_their_answers, streamed_calls, unanswered_calls_are_refused, signatures_are_wanted_back, errors_are_errors]
for check in checks:
    check()
assert any(model.id == "fake" for model in client.models.list())
print(f"openai client: {len(checks) + 1} of {len(checks) + 1} checks of the fake model passed")
