"""POST /ask and POST /invoke against a double of the three protocols that others wrote (aimock), with the vendors' own types as judges of every request,
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


def call(path, body=None, accept="application/json", key=admin, timeout=600):
    headers = {"authorization": f"Bearer {key}", "content-type": "application/json", "accept": accept}
    request = urllib.request.Request(server + path, None if body is None else json.dumps(body).encode(), headers)
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

# What every protocol has to do, whole and streamed.
POINTS = ("plain text", "another language", "one tool", "parallel tools", "schema output", "schema violated", "refusal", "length stop", "401", "429 with Retry-After", "529", "broken off", "invalid JSON", "slow first byte")
PROTOCOLS = {"anthropic": "claude", "google": "gemini", "openai": "liquidmetal"}
CITY = {
    "type": "object", "additionalProperties": False, "required": ["name", "people"],
    "properties": {"name": {"type": "string"}, "people": {"type": "integer"}},
}
shown = {}


def code_of(reply):
    return reply.get("code")


def invoke(daemon, task, schema, streams):
    """What a daemon answers under a schema."""
    body = {"daemon_name": daemon, "task": task, "parameters": {"json_schema": schema}}
    status, _, text = call("/invoke", body, "text/event-stream" if streams else "application/json")
    assert status == 200, text
    return list(events(text))[-1][1]["result"] if streams else json.loads(text)["result"]


def double(provider, streams):
    def holds(point, condition, seen):
        expect(f"{provider}, {'stream' if streams else 'whole'}: {point}", condition, seen)
        shown.setdefault(point, set()).add((provider, streams))

    reply, said, _ = ask("a plain word", provider, streams)
    holds("plain text", reply.get("answer") == "Hello." and said in (None, "Hello.") and reply["ended"] == "answered", reply)
    reply, said, _ = ask("in another language", provider, streams)
    text = "Grüß Gott, 世界. Это ответ, ما شاء الله 🚀"
    holds("another language", reply.get("answer") == text and said in (None, text), reply)
    reply, _, _ = ask("one tool", provider, streams)
    calls = reply.get("tool_calls", [])
    holds("one tool", reply.get("answer") == "It grows." and [one["tool"] for one in calls] == ["simulate"] and not calls[0]["is_error"], reply)
    reply, _, _ = ask("two tools", provider, streams)
    calls = reply.get("tool_calls", [])
    holds("parallel tools", [(one["step"], one["is_error"]) for one in calls] == [(1, False), (1, False)] and len(reply["charts"]) == 1, reply)
    result = invoke(PROTOCOLS[provider], "name a city", CITY, streams)
    holds("schema output", result["json"] == {"name": "Wien", "people": 2000000} and "json_errors" not in result, result)
    result = invoke(PROTOCOLS[provider], "name a wrong town", CITY, streams)
    holds("schema violated", result["json"] is None and any("/name" in why for why in result["json_errors"]), result)
    # aimock translates OpenAI's and Google's words for it, and passes on Anthropic's.
    reply, _, _ = ask("something refused" if provider == "anthropic" else "something bad", provider, streams)
    holds("refusal", reply.get("ended") == "refusal", reply)
    reply, _, _ = ask("at length", provider, streams)
    holds("length stop", reply.get("ended") == "length", reply)
    reply, _, _ = ask("wrong key", provider, streams)
    holds("401", code_of(reply) == "MODEL_KEY_REFUSED", reply)
    before = len(requests)
    reply, _, headers = ask("too often", provider, streams)
    is_passed_on = streams or headers["retry-after"] == "90"
    holds("429 with Retry-After", code_of(reply) == "MODEL_RATE_LIMITED" and len(requests) == before + 1 and is_passed_on, (reply, len(requests) - before))
    before = len(requests)
    reply, _, _ = ask("overloaded", provider, streams)
    holds("529", code_of(reply) == "MODEL_OVERLOADED" and len(requests) == before + 3, (reply, len(requests) - before))
    if streams:
        reply, said, _ = ask("breaks off", provider, streams)
        holds("broken off", code_of(reply) == "MODEL_BROKE_OFF", reply)
    else:
        chaos(disconnectRate=1)
        reply, _, _ = ask("a plain word", provider, streams)
        holds("broken off", code_of(reply) in ("MODEL_BROKE_OFF", "MODEL_UNREACHABLE"), reply)
    chaos(malformedRate=1)
    reply, _, _ = ask("a plain word", provider, streams)
    holds("invalid JSON", code_of(reply) in ("MODEL_UNREADABLE", "MODEL_BROKE_OFF"), reply)
    chaos(latencyMs=700)
    reply, _, _ = ask("a plain word", provider, streams)
    holds("slow first byte", reply.get("ended") == "answered", reply)
    chaos()


def table():
    """The points that were shown, of each protocol, whole and streamed."""
    every = {(provider, streams) for provider in PROTOCOLS for streams in (False, True)}
    for point in POINTS:
        print(f"  {point:22}" + "".join(f"{provider}: whole, stream  " if {(provider, False), (provider, True)} <= shown.get(point, set()) else f"{provider}: NOT SHOWN  " for provider in PROTOCOLS))
        expect(f"{point}: by every protocol", shown.get(point) == every, shown.get(point))


def judge():
    """Each request as the vendors' own types read it."""
    judges = {
        "messages": TypeAdapter(anthropic.types.message_create_params.MessageCreateParamsNonStreaming),
        "messages-stream": TypeAdapter(anthropic.types.message_create_params.MessageCreateParamsStreaming),
        "completions": TypeAdapter(openai.types.chat.completion_create_params.CompletionCreateParamsNonStreaming),
        "completions-stream": TypeAdapter(openai.types.chat.completion_create_params.CompletionCreateParamsStreaming),
    }
    seen, schemas = {}, set()
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
            schema = body["generationConfig"].get("responseJsonSchema")
        else:
            kind = path.rsplit("/", 1)[-1] + ("-stream" if body.get("stream") else "")
            judges[kind].validate_python(body)
            output = body.get("output_config", {}).get("format") or body.get("response_format", {}).get("json_schema") or {}
            schema = output.get("schema")
            if path.endswith("/messages"):
                expect("Anthropic's headers", lower.get("anthropic-version") == "2023-06-01" and lower.get("x-api-key") == "sk-not-to-be-told", lower)
            else:
                expect("OpenAI's header", lower.get("authorization") == "Bearer sk-not-to-be-told", lower)
        expect("no key in a URL", "sk-not" not in path, path)
        if schema is not None:
            expect("the schema goes out as it was given", schema == CITY, body)
            schemas.add(kind)
        seen[kind] = seen.get(kind, 0) + 1
    print(f"requests judged by the vendors' types: {seen}")
    expect("every kind was seen", set(seen) == {*judges, "generateContent"}, seen)
    expect("every kind was seen with a schema", schemas == set(seen), schemas)


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
    schema = {
        "type": "object", "additionalProperties": False, "required": ["colour"],
        "properties": {"colour": {"type": "string", "enum": ["red", "green", "blue"]}},
    }
    for streams in (False, True):
        result = invoke("small", "Write a long poem about the sea, and nothing else.", schema, streams)
        expect(f"small model: the schema is enforced, {'stream' if streams else 'whole'}", "json_errors" not in result and result["json"]["colour"] in ("red", "green", "blue"), result)


def small_plan():
    """A planning agent with the small model: it comes to an end, and says honestly which. With so few tokens no section is whole."""
    _, _, text = call("/api/admin/keys", {"name": "planner", "scopes": ["read", "jobs", "models"]})
    key = json.loads(text)["key"]
    status, _, text = call("/api/jobs", {"tool": "aios_design_architecture", "input": {"spec": "A counter"}}, key=key)
    expect("small model: a plan is begun", status == 202, text)
    path = json.loads(text)["status_url"]
    # The stream ends with the job.
    happened = list(events(call(path + "/events", accept="text/event-stream", key=key)[2]))
    job = json.loads(call(path, key=key)[2])
    expect("small model: the plan ends as failed", happened and job["status"] == "failed", job)
    why = job["error"]
    expect("small model: the reason is honest", why["code"] == "OUTPUT_INVALID" and "architecture" in why["message"], job)
    spent = json.loads(call("/api/models", key=key)[2])["today"]
    expect("small model: the plan's two calls are paid by the key", [(one["model"], one["calls"]) for one in spent] == [("local/smollm2-135m", 2)], spent)


recorder = ThreadingHTTPServer(("127.0.0.1", recorder_port), Recorder)
threading.Thread(target=recorder.serve_forever, daemon=True).start()
request = urllib.request.Request(server + "/api/admin/daemons/small", b'{"provider": "local"}', {"authorization": f"Bearer {admin}", "content-type": "application/json"}, method="PUT")
urllib.request.urlopen(request, timeout=60).read()
for daemon in (*PROTOCOLS.values(), "small"):
    status, _, text = call("/summon", {"daemon_name": daemon})
    expect(f"{daemon} is summoned", status == 200, text)
for provider in PROTOCOLS:
    for streams in (False, True):
        double(provider, streams)
table()
judge()
small_model()
small_plan()
print(f"models: {expect.count} expectations hold")
