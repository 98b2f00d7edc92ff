# Sourced: a cluster on this machine. Its API server, its rules and its controllers are Kubernetes' own; its one node only pretends to run
# what it is given (tests/deployments/node.mjs). It is reached as docs/deployments.md says, through `kubectl proxy`.

# Sets ENGINE_URL, KUBERNETES_TOKEN (the service account's, with the rights of deploy/kubernetes-rbac.yaml and no others),
# KUBERNETES_WEAK_TOKEN (somebody's without rights) and KUBECONFIG (the administrator's), and waits until all is there.
start_cluster() {
  local programs=$CACHE/kubernetes-server folder=$scratch/cluster store server
  mkdir -p "$folder"
  store=http://127.0.0.1:$(free_port)
  start "$folder/etcd.log" etcd --data-dir "$folder/etcd" --listen-client-urls "$store" --advertise-client-urls "$store" \
    --listen-peer-urls "http://127.0.0.1:$(free_port)" --log-level warn

  node -e 'require("fs").writeFileSync(process.argv[1], require("crypto").generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ type: "pkcs1", format: "pem" }))' "$folder/key"
  printf '%s\n' administrator,administrator,1,system:masters token-without-rights,somebody,2 >"$folder/tokens"
  server=https://127.0.0.1:$(free_port)
  start "$folder/apiserver.log" "$programs/kube-apiserver" --etcd-servers "$store" --bind-address 127.0.0.1 --advertise-address 127.0.0.1 \
    --secure-port "${server##*:}" --cert-dir "$folder" --authorization-mode RBAC --token-auth-file "$folder/tokens" \
    --service-account-issuer https://kubernetes.default.svc --service-account-key-file "$folder/key" \
    --service-account-signing-key-file "$folder/key" --service-cluster-ip-range 10.0.0.0/16 --endpoint-reconciler-type none \
    --kubelet-preferred-address-types InternalIP
  export KUBECONFIG=$folder/administrator
  kubectl config set-cluster here --server "$server" --insecure-skip-tls-verify >/dev/null
  kubectl config set-credentials administrator --token administrator >/dev/null
  kubectl config set-context here --cluster here --user administrator >/dev/null
  kubectl config use-context here >/dev/null
  for _ in $(seq 300); do ! kubectl get --raw /readyz >/dev/null 2>&1 || break; sleep 0.1; done
  kubectl get --raw /readyz >/dev/null || { tail -n 20 "$folder"/*.log >&2; fail "the API server is not ready"; }

  # A token that is none: who asks shows theirs, which takes its place.
  start "$folder/proxy.log" kubectl proxy --port 0 --token none
  for _ in $(seq 100); do ! grep -q 127.0.0.1 "$folder/proxy.log" || break; sleep 0.1; done
  ENGINE_URL=http://$(grep -o '127.0.0.1:[0-9]*' "$folder/proxy.log") || fail "kubectl proxy does not serve: $(cat "$folder/proxy.log")"
  start "$folder/controllers.log" "$programs/kube-controller-manager" --kubeconfig "$KUBECONFIG" --leader-elect=false --secure-port 0 --port 0 \
    --controllers deployment,replicaset,serviceaccount,serviceaccount-token,garbagecollector \
    --service-account-private-key-file "$folder/key" --kube-api-qps 500 --kube-api-burst 1000
  start "$folder/node.log" node tests/deployments/node.mjs "$ENGINE_URL" administrator "$folder/apiserver.crt" "$folder/apiserver.key"
  await_url "$folder/node.log"

  # As an operator does it.
  kubectl apply -f deploy/kubernetes-rbac.yaml >"$folder/applied"
  for _ in $(seq 300); do
    KUBERNETES_TOKEN=$(kubectl -n mcp get secret mechafil-edge-token -o jsonpath='{.data.token}' | base64 -d)
    [ -z "$KUBERNETES_TOKEN" ] || break
    sleep 0.1
  done
  [ -n "$KUBERNETES_TOKEN" ] || fail "the service account got no token in half a minute"
  export INGRESS_HOST=mcp.example.com ENGINE_URL KUBERNETES_TOKEN KUBERNETES_WEAK_TOKEN=token-without-rights KUBERNETES_IS_OLD=true
}
