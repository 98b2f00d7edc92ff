"""Judges manifests by the schemas that Kubernetes publishes, offline: validate.py FOLDER FILE... Unknown fields are errors. The files are
the roles; they have to allow every request that the suite sent (FOLDER/requests.jsonl)."""
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

# The Pod Security Standard `restricted`, which deploy/kubernetes-rbac.yaml enforces; API servers of before 1.23 do not know it.
for manifest in manifests:
    if manifest["kind"] != "Deployment":
        continue
    pod = manifest["spec"]["template"]["spec"]
    assert not {"hostNetwork", "hostPID", "hostIPC"} & pod.keys(), pod
    assert pod["securityContext"]["runAsNonRoot"] is True and pod["securityContext"]["runAsUser"] != 0, pod
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, pod
    volumes = {kind for volume in pod["volumes"] for kind in volume.keys() - {"name"}}
    assert volumes <= {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}, volumes
    for container in pod["containers"] + pod.get("initContainers", []):
        context = container["securityContext"]
        assert context["allowPrivilegeEscalation"] is False and context["capabilities"] == {"drop": ["ALL"]}, container
        assert not context.get("privileged") and "hostPort" not in str(container["ports"]), container
print("ok - every pod fits the Pod Security Standard restricted")


def allowed(document):
    """What a role allows: group, resource, verb."""
    return {(group, resource, verb) for rule in document["rules"] for group in rule["apiGroups"] for resource in rule["resources"] for verb in rule["verbs"]}


def needed(asked):
    """What a request needs, and its namespace."""
    parts = asked["path"].strip("/").split("/")
    group, rest = ("", parts[2:]) if parts[0] == "api" else (parts[1], parts[3:])
    namespace, rest = (rest[1], rest[2:]) if len(rest) > 2 else (None, rest)
    resource = "/".join([rest[0], *rest[2:]])
    of_one = len(rest) > 1
    verbs = {"GET": "get" if of_one else "list", "PATCH": "patch", "DELETE": "delete" if of_one else "deletecollection"}
    return namespace, {(group, resource, verb) for verb in [verbs[asked["method"]], *(["create"] if asked["status"] == 201 else [])]}


roles = {manifest["kind"]: allowed(manifest) for manifest in manifests if manifest["kind"] in ("Role", "ClusterRole")}
count = 0
for line in (Path(folder) / "requests.jsonl").read_text().splitlines():
    namespace, wanted = needed(json.loads(line))
    role = "Role" if namespace == "mcp" else "ClusterRole"
    assert wanted <= roles[role], f"{role} does not allow {wanted - roles[role]}"
    count += 1
print(f"ok - the roles of deploy/kubernetes-rbac*.yaml allow all {count} requests of the suite")
