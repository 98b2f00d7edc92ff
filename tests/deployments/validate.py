"""Judges manifests by the schemas that Kubernetes publishes, offline: validate.py FOLDER FILE... Unknown fields are errors."""
import json
import re
import sys
from pathlib import Path

import kubernetes_validate
import yaml

folder, *files = sys.argv[1:]
# Those that differ by the deployment's name only are judged once.
texts = {re.sub(r"mcp-test-[0-9a-f]{8}", "mcp-test-0123abcd", path.read_text()) for path in Path(folder).glob("*.json")}
manifests = [json.loads(text) for text in sorted(texts)]
kinds = {manifest["kind"] for manifest in manifests}
assert kinds >= {"Deployment", "Service", "ConfigMap", "Secret", "Ingress", "Namespace"}, kinds
for file in files:
    manifests += [document for document in yaml.safe_load_all(Path(file).read_text()) if document]
# The oldest and the newest that the validator knows of those that are in use.
for version in ("1.29", "1.37"):
    for manifest in manifests:
        kubernetes_validate.validate(manifest, version, strict=True)
print(f"ok - {len(manifests)} manifests of {len(kinds)} kinds fit the schemas of Kubernetes 1.29 and 1.37")
