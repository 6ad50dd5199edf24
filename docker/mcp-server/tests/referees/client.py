"""The official client against two replicas: a round-robin TCP proxy hands each new connection to the next replica.

Called with the database file (to make a user in) and the replicas' ports.
"""

import asyncio
import collections
import contextlib
import itertools
import os
import sqlite3
import sys
import time
import uuid

import httpx2
import jwt
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

DATABASE, REPLICAS = sys.argv[1], [int(port) for port in sys.argv[2:]]
MODES = ["legacy", "auto", "2026-07-28"]
CALLS = 200
TOOLS = ["add_task", "complete_task", "delete_task", "delete_tasks", "list_tasks", "restore_tasks", "update_task", "update_tasks"]
hits = collections.Counter()


def new_user():
    user = str(uuid.uuid4())
    with sqlite3.connect(DATABASE) as database:
        columns = {name: kind for _, name, kind, *_ in database.execute("PRAGMA table_info(users)")}
        values = {"id": uuid.UUID(user).bytes if columns["id"].upper() == "BLOB" else user, "name": "Anna", "email": f"{user}@example.com"}
        values |= {name: 0 if kind.upper().startswith("INT") else "1970-01-01T00:00:00Z" for name, kind in columns.items() if name not in values}
        marks = ",".join("?" * len(values))
        database.execute(f"INSERT INTO users ({','.join(values)}) VALUES ({marks})", list(values.values()))
    return user


def token(user, **other):
    now = int(time.time())
    claims = {"sub": user, "iss": "todo-chatbot", "aud": "todo-chatbot", "iat": now, "exp": now + 600, "jti": str(uuid.uuid4())}
    return jwt.encode(claims | other, os.environ["BETTER_AUTH_SECRET"], algorithm="HS256")


async def pipe(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except (ConnectionError, asyncio.CancelledError):
        pass
    finally:
        writer.close()


async def proxy():
    ports = itertools.cycle(REPLICAS)

    async def forward(reader, writer):
        port = next(ports)
        hits[port] += 1
        with contextlib.suppress(asyncio.CancelledError):  # the test may end before its connections do
            there_reader, there_writer = await asyncio.open_connection("127.0.0.1", port)
            await asyncio.gather(pipe(reader, there_writer), pipe(there_reader, writer), return_exceptions=True)

    server = await asyncio.start_server(forward, "127.0.0.1", 0)
    return f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/mcp"


def transport(url, bearer):
    # Without connections kept alive every request may meet the other replica.
    limits = httpx2.Limits(max_keepalive_connections=0)
    http = httpx2.AsyncClient(headers={"Authorization": f"Bearer {bearer}"}, limits=limits, timeout=20)
    return streamable_http_client(url, http_client=http)


async def call(client, name, **arguments):
    result = await client.call_tool(name, arguments)
    assert not result.is_error, (name, arguments, result.content)
    return result.structured_content


async def one_life(client, number):
    """Five calls: a task comes, is listed, changed, done and gone."""
    added = (await call(client, "add_task", title=f"Task {number}", due="2030-01-02", tags=["x"]))["task"]
    listed = (await call(client, "list_tasks", q=f"Task {number}", limit=5))["tasks"]
    assert added["id"] in [task["id"] for task in listed], listed
    changed = (await call(client, "update_task", id=added["id"], title="Renamed", due=None))["task"]
    assert (changed["title"], changed["due"], changed["tags"]) == ("Renamed", None, ["x"]), changed
    assert (await call(client, "complete_task", id=added["id"]))["task"]["done"] is True
    assert (await call(client, "delete_task", id=added["id"]))["deleted"]["id"] == added["id"]


async def refusals(client):
    for name, arguments, words in [
        ("add_task", {}, "missing field `title`"),
        ("add_task", {"title": "x", "user_id": "someone"}, "unknown field `user_id`"),
        ("add_task", {"title": "x", "due": "soon"}, "at `due`"),
        ("delete_task", {"id": str(uuid.uuid4())}, "You have no task with the id"),
        ("list_tasks", {"limit": 0}, "`limit` must lie between"),
    ]:
        result = await client.call_tool(name, arguments)
        assert result.is_error and words in result.content[0].text, (name, result.content)


async def judge(url, mode):
    async with Client(transport(url, token(new_user())), mode=mode) as client:
        tools = (await client.list_tools()).tools
        assert sorted(tool.name for tool in tools) == TOOLS, tools
        assert all(tool.output_schema and tool.annotations for tool in tools)
        for number in range(CALLS // len(TOOLS)):
            await one_life(client, number)
        await refusals(client)
    print(f"python client, mode {mode}: {CALLS} calls of 5 tools without an error")


async def strangers(url):
    """Requests that must not come through: no token, a forged one, an expired one, a foreign host."""
    user = new_user()
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
    accept = {"Accept": "application/json, text/event-stream"}
    forged = jwt.encode({"sub": user}, "another key of thirty-two letters!!", algorithm="HS256")
    async with httpx2.AsyncClient(headers=accept) as http:
        for bearer in [None, forged, token(user, exp=1), token(user, aud="other")]:
            headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
            answer = await http.post(url, json=body, headers=headers)
            assert answer.status_code == 401 and "Bearer" in answer.headers["www-authenticate"], answer
            assert answer.json()["error"]["code"] == "unauthorized", answer.text
        good = {"Authorization": f"Bearer {token(user)}"}
        for host, status in [("evil.example", 403), ("todo.test", 200), ("localhost", 200)]:
            answer = await http.post(url, json=body, headers=good | {"Host": host})
            assert answer.status_code == status, (host, answer.status_code, answer.text)
    print("python client: strangers stay outside, MCP_ALLOWED_HOSTS comes in")


async def main():
    url = await proxy()
    for mode in MODES:
        await judge(url, mode)
    await strangers(url)
    # Round robin: neither has done less than two fifths of it.
    assert len(hits) == len(REPLICAS) and 5 * min(hits.values()) > 2 * sum(hits.values()), f"the replicas did not share the work: {hits}"
    print(f"connections by replica: {dict(hits)}")


asyncio.run(main())
