"""POST /ask against a double of the three protocols that others wrote (aimock), with the vendors' own types as judges of every request,
and against a real small model.

    run.py SERVER_URL ADMIN_KEY RECORDER_PORT AIMOCK_PORT     the server asks the recorder, which asks aimock
"""

import http.client
import json
import sys
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import anthropic.types
import openai.types.chat
from google.genai import types as google
from pydantic import TypeAdapter

server, admin, recorder_port, aimock = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
requests = []


class Recorder(BaseHTTPRequestHandler):
    """Keeps each request, and passes it on."""

    protocol_version = "HTTP/1.0"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        requests.append((self.path, dict(self.headers), json.loads(body)))
        headers = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection")}
        request = urllib.request.Request(aimock + self.path, body, headers)
        try:
            reply = urllib.request.urlopen(request, timeout=600)
        except urllib.error.HTTPError as error:
            reply = error
        except (OSError, http.client.HTTPException):
            return
        self.send_response(reply.status)
        for name in ("content-type", "retry-after"):
            if reply.headers[name]:
                self.send_header(name, reply.headers[name])
        self.end_headers()
        try:
            while chunk := reply.read1(65536):
                self.wfile.write(chunk)
                self.wfile.flush()
        except (OSError, http.client.HTTPException):
            # The double has cut it off, or the service has heard enough.
            pass

    def log_message(self, *_):
        pass


def call(path, body, accept="application/json", key=admin, timeout=600):
    headers = {"authorization": f"Bearer {key}", "content-type": "application/json", "accept": accept}
    request = urllib.request.Request(server + path, json.dumps(body).encode(), headers)
    try:
        reply = urllib.request.urlopen(request, timeout=timeout)
    except urllib.error.HTTPError as error:
        reply = error
    return reply.status, reply.headers, reply.read().decode()


def events(text):
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line and not line.startswith(":"))
        if "event" in fields:
            yield fields["event"], json.loads(fields["data"])


def ask(question, provider, streams):
    """The last thing that the service says: an answer, or a problem."""
    accept = "text/event-stream" if streams else "application/json"
    status, headers, text = call("/ask", {"question": question, "model": provider}, accept)
    assert "sk-not-to-be-told" not in text, text
    if status == 200 and streams:
        happened = list(events(text))
        said = "".join(data["text"] for name, data in happened if name == "text")
        return happened[-1][1], said, headers
    return json.loads(text), None, headers


def chaos(**rates):
    request = urllib.request.Request(aimock + "/__aimock/chaos", json.dumps(rates).encode(), {"content-type": "application/json"}, method="POST" if rates else "DELETE")
    urllib.request.urlopen(request, timeout=10).read()


def expect(what, condition, seen):
    if not condition:
        sys.exit(f"FAILED: {what}\n{seen}")
    expect.count += 1


expect.count = 0


def code_of(reply):
    return reply.get("code")


def double(provider, streams):
    where = f"{provider}, {'stream' if streams else 'whole'}"
    reply, said, _ = ask("in another language", provider, streams)
    text = "Grüß Gott, 世界. Это ответ, ما شاء الله 🚀"
    expect(f"{where}: plain text in other languages", reply.get("answer") == text and said in (None, text), reply)
    reply, _, _ = ask("one tool", provider, streams)
    calls = reply.get("tool_calls", [])
    expect(f"{where}: a tool", reply.get("answer") == "It grows." and [one["tool"] for one in calls] == ["simulate"] and not calls[0]["is_error"], reply)
    reply, _, _ = ask("two tools", provider, streams)
    calls = reply.get("tool_calls", [])
    expect(f"{where}: parallel tools", [(one["step"], one["is_error"]) for one in calls] == [(1, False), (1, False)] and len(reply["charts"]) == 1, reply)
    reply, _, _ = ask("at length", provider, streams)
    expect(f"{where}: length stop", reply.get("ended") == "length", reply)
    reply, _, _ = ask("something bad", provider, streams)
    # aimock has no word of Anthropic's for it.
    expect(f"{where}: refusal", reply.get("ended") == "refusal" or provider == "anthropic", reply)
    reply, _, _ = ask("wrong key", provider, streams)
    expect(f"{where}: 401", code_of(reply) == "MODEL_KEY_REFUSED", reply)
    before = len(requests)
    reply, _, headers = ask("too often", provider, streams)
    expect(f"{where}: 429 with Retry-After, not tried again", code_of(reply) == "MODEL_RATE_LIMITED" and len(requests) == before + 1, (reply, len(requests) - before))
    expect(f"{where}: Retry-After is passed on", streams or headers["retry-after"] == "90", headers)
    before = len(requests)
    reply, _, _ = ask("overloaded", provider, streams)
    expect(f"{where}: 529, tried three times", code_of(reply) == "MODEL_OVERLOADED" and len(requests) == before + 3, (reply, len(requests) - before))
    if streams:
        reply, said, _ = ask("breaks off", provider, streams)
        expect(f"{where}: a stream that breaks off", code_of(reply) == "MODEL_BROKE_OFF", reply)


def faults(provider, streams):
    where = f"{provider}, {'stream' if streams else 'whole'}"
    chaos(malformedRate=1)
    reply, _, _ = ask("in another language", provider, streams)
    expect(f"{where}: invalid JSON", code_of(reply) in ("MODEL_UNREADABLE", "MODEL_BROKE_OFF"), reply)
    chaos(latencyMs=700)
    reply, _, _ = ask("in another language", provider, streams)
    expect(f"{where}: slow first byte", reply.get("ended") == "answered", reply)
    chaos()


def judge():
    """Each request as the vendors' own types read it."""
    judges = {
        "messages": TypeAdapter(anthropic.types.message_create_params.MessageCreateParamsNonStreaming),
        "messages-stream": TypeAdapter(anthropic.types.message_create_params.MessageCreateParamsStreaming),
        "completions": TypeAdapter(openai.types.chat.completion_create_params.CompletionCreateParamsNonStreaming),
        "completions-stream": TypeAdapter(openai.types.chat.completion_create_params.CompletionCreateParamsStreaming),
    }
    seen = {}
    for path, headers, body in requests:
        lower = {name.lower(): value for name, value in headers.items()}
        if ":" in path.rsplit("/", 1)[-1]:
            kind = "generateContent"
            unknown = set(body) - {"contents", "systemInstruction", "tools", "generationConfig"}
            expect("generateContent has known members", not unknown, unknown)
            for content in body["contents"]:
                google.Content.model_validate(content)
            google.Content.model_validate(body["systemInstruction"])
            google.GenerationConfig.model_validate(body["generationConfig"])
            for tool in body.get("tools", []):
                google.Tool.model_validate(tool)
            expect("Google's key is in its header", lower.get("x-goog-api-key") == "sk-not-to-be-told", lower)
        else:
            kind = path.rsplit("/", 1)[-1] + ("-stream" if body.get("stream") else "")
            judges[kind].validate_python(body)
            if path.endswith("/messages"):
                expect("Anthropic's headers", lower.get("anthropic-version") == "2023-06-01" and lower.get("x-api-key") == "sk-not-to-be-told", lower)
            else:
                expect("OpenAI's header", lower.get("authorization") == "Bearer sk-not-to-be-told", lower)
        expect("no key in a URL", "sk-not" not in path, path)
        seen[kind] = seen.get(kind, 0) + 1
    print(f"requests judged by the vendors' types: {seen}")
    expect("every kind was seen", set(seen) == {*judges, "generateContent"}, seen)


def small_model():
    """A real small model: the form of the answers, not their words."""
    status, _, text = call("/ask", {"question": "Say hello.", "model": "local", "tools": []}, timeout=600)
    reply = json.loads(text)
    expect("small model: an answer", status == 200 and reply["ended"] in ("answered", "length") and reply["answer"], text)
    expect("small model: tokens are counted", reply["tokens"]["input"] > 0 and reply["tokens"]["output"] > 0, reply)
    status, _, text = call("/ask", {"question": "Sage Grüß Gott.", "model": "local", "tools": []}, "text/event-stream", timeout=600)
    happened = list(events(text))
    pieces = [data["text"] for name, data in happened if name == "text"]
    name, last = happened[-1]
    expect("small model: streamed in pieces that make the answer", name == "answer" and len(pieces) > 1 and "".join(pieces) == last["answer"], text)


recorder = ThreadingHTTPServer(("127.0.0.1", recorder_port), Recorder)
threading.Thread(target=recorder.serve_forever, daemon=True).start()
for provider in ("anthropic", "google", "openai"):
    for streams in (False, True):
        double(provider, streams)
        faults(provider, streams)
judge()
small_model()
print(f"models: {expect.count} expectations hold")
