"""The yardstick of run.py: the same call, GET /api/tasks, as FastAPI and uvicorn do it.

Reads the backend's own SQLite database and verifies the backend's own sessions, so both
servers answer the same bytes' worth of work. Plain sqlite3, no ORM: the fastest honest way.
"""

import json
import os
import sqlite3
import threading
import uuid

import jwt
from fastapi import FastAPI, HTTPException, Request

SECRET = os.environ["BETTER_AUTH_SECRET"]
DATABASE = os.environ["DATABASE_FILE"]
PRIORITIES = ["low", "medium", "high"]
SELECT = """SELECT id, title, notes, due, priority, tags, done, created_at, updated_at
            FROM tasks WHERE user_id = ? ORDER BY id LIMIT ?"""

app = FastAPI()
local = threading.local()


def connection():
    if not hasattr(local, "connection"):
        local.connection = sqlite3.connect(DATABASE)
    return local.connection


def user(request):
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    try:
        claims = jwt.decode(token, SECRET, algorithms=["HS256"], audience="todo-chatbot", issuer="todo-chatbot")
    except jwt.InvalidTokenError as why:
        raise HTTPException(401, str(why))
    return uuid.UUID(claims["sub"]).bytes


def task(row):
    return {
        "id": str(uuid.UUID(bytes=row[0])), "title": row[1], "notes": row[2], "due": row[3],
        "priority": PRIORITIES[row[4]], "tags": json.loads(row[5]), "done": bool(row[6]),
        "created_at": row[7], "updated_at": row[8],
    }


@app.get("/livez")
async def livez():
    return {"status": "alive"}


@app.get("/api/tasks")
async def tasks(request: Request, limit: int = 50):
    rows = connection().execute(SELECT, (user(request), limit)).fetchall()
    return {"tasks": [task(row) for row in rows], "next": None}
