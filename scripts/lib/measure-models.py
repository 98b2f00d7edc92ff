"""What POST /ask takes beside its tools and the provider.

    measure-models.py provider                 a provider that speaks OpenAI's protocol; prints where it listens
    measure-models.py NAME SERVER_URL PID      measures a server that asks it

The provider does what the question says: `tools` calls three tools, each in a turn of its own, and then answers; `stream` writes pieces
that say when they were written.
"""

import http.client
import json
import os
import statistics
import sys
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PIECES, PAUSE = 60, 0.05
QUESTIONS, STREAMS = 40, 10


class Provider(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        messages = request["messages"]
        question = next(one["content"] for one in messages if one["role"] == "user")
        if "stream" in question and request.get("stream"):
            return self.stream()
        turns = sum(one["role"] == "assistant" for one in messages)
        message = {"role": "assistant", "content": "It grows."}
        if "tools" in question and turns < 3:
            arguments = json.dumps({"series": ["circ_supply"], "title": f"Chart {turns}"})
            call = {"id": f"c{turns}", "type": "function", "function": {"name": "provide_plot", "arguments": arguments}}
            message = {"role": "assistant", "content": None, "tool_calls": [call]}
        reason = "tool_calls" if "tool_calls" in message else "stop"
        choice = {"index": 0, "message": message, "finish_reason": reason}
        body = json.dumps({"id": "m", "model": "scripted", "choices": [choice], "usage": {"prompt_tokens": 9, "completion_tokens": 3}}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def stream(self):
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")
        self.end_headers()
        for _ in range(PIECES):
            time.sleep(PAUSE)
            self.piece({"delta": {"content": f"at {time.monotonic_ns()} "}, "finish_reason": None})
        self.piece({"delta": {}, "finish_reason": "stop"})
        self.wfile.write(b"data: [DONE]\n\n")
        self.close_connection = True

    def piece(self, choice):
        self.wfile.write(f"data: {json.dumps({'id': 'm', 'choices': [{'index': 0, **choice}]})}\n\n".encode())
        self.wfile.flush()

    def log_message(self, *_):
        pass


if sys.argv[1:] == ["provider"]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    print(f"listening on http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()

name, url, pid = sys.argv[1], urllib.parse.urlsplit(sys.argv[2]), sys.argv[3]
headers = {"authorization": f"Bearer {os.environ['ADMIN_API_KEY']}", "content-type": "application/json"}


def cpu():
    """Milliseconds that the server's process has worked."""
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def resident():
    return next(int(line.split()[1]) for line in open(f"/proc/{pid}/status") if line.startswith("VmRSS")) / 1024


def post(path, body, accept="application/json"):
    connection = http.client.HTTPConnection(url.hostname, url.port, timeout=120)
    connection.request("POST", path, json.dumps(body), {**headers, "accept": accept})
    reply = connection.getresponse()
    if reply.status != 200:
        sys.exit(f"{path}: {reply.status} {reply.read()[:500]}")
    return reply


def per(times, work):
    work()
    before = cpu()
    for _ in range(times):
        work()
    return (cpu() - before) / times


def question():
    answer = json.loads(post("/ask", {"question": "tools"}).read())
    if answer["steps"] != 4 or any(call["is_error"] for call in answer["tool_calls"]):
        sys.exit(f"the question was not answered with three tools: {answer}")


def tool():
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "provide_plot", "arguments": {"series": ["circ_supply"]}}}
    post("/mcp", message, "application/json, text/event-stream").read()


delays = []


def stream():
    reply = post("/ask", {"question": "stream"}, "text/event-stream")
    seen = ended = 0
    while line := reply.readline():
        now = time.monotonic_ns()
        if line.startswith(b"data: ") and b'"text"' in line and b"at " in line and b'"answer"' not in line:
            written = int(json.loads(line[6:])["text"].split()[1])
            delays.append((now - written) / 1e6)
            seen += 1
        ended += line.startswith(b"event: answer")
    if (seen, ended) != (PIECES, 1):
        sys.exit(f"a stream had {seen} pieces of {PIECES}, and {ended} answers")


whole = per(QUESTIONS, question)
tools = 3 * per(QUESTIONS, tool)
stream()
alone, delays = delays, []
idle = resident()
most = idle
threads = [threading.Thread(target=stream) for _ in range(STREAMS)]
for thread in threads:
    thread.start()
while any(thread.is_alive() for thread in threads):
    most = max(most, resident())
    time.sleep(0.05)
if len(delays) != STREAMS * PIECES:
    sys.exit("a stream failed")


def spread(times):
    times = sorted(times)
    return f"least {times[0]:.1f}, median {statistics.median(times):.1f}, 95 % {times[int(len(times) * 0.95)]:.1f} ms"


print(f"{name}: a question of four turns with three tools: {whole:.1f} ms of CPU, of them {tools:.1f} ms three calls of these tools at /mcp")
print(f"{name}: a piece of a stream is passed on after, alone: {spread(alone)}; of ten streams at once: {spread(delays)}")
print(f"{name}: memory of the process {idle:.1f} MB, with ten streams at most {most:.1f} MB")
