"""The faults: how each is brought about, what must be said of it, and how it is put right.

`values` are given to the release, `run` is done to the cluster before `up`. `seen` is found in the event (or is None) from
which on the cluster knows; without it that is the moment at which the fault was there. `says` must be in the first line.
`fix` is the fix line carried out by hand, where `up` alone does not; `undo` takes away what `run` made.
"""

WEB, MCP, BACK = "frontend", "mcp-server", "backend"
FULL = "drills-todo-chatbot"


def k(words):
    return "kubectl -n drills " + words


def patch(kind, name, body):
    return k(f"patch {kind} {name} --type=json -p '{body}'")


def replace(path, value):
    return f'[{{"op":"replace","path":"{path}","value":{value}}}]'


def fault(name, says, values=None, run=(), undo=(), fix=(), seen=None, quick=False):
    return dict(name=name, says=says, values=values or {}, run=list(run), undo=list(undo), fix=list(fix), seen=seen, quick=quick)


def quota(hard):
    return k(f"create quota small --hard={hard}")


def restart(name):
    return k(f"rollout restart deployment/{FULL}-{name}")


FAULTS = [
    # Changed by hand: seen, named and put right by `up` itself.
    fault("scaled-mcp", r"deployment/\S*mcp-server was changed by hand: spec.replicas is 0", run=[k(f"scale deployment/{FULL}-{MCP} --replicas=0")], quick=True),
    fault("scaled-database", r"statefulset/drills-postgresql was changed by hand: spec.replicas is 0", run=[k("scale statefulset/drills-postgresql --replicas=0")], quick=True),
    fault("selector", r"service/\S*backend was changed by hand: spec.selector", run=[patch("service", f"{FULL}-{BACK}", '[{"op":"add","path":"/spec/selector/x","value":"y"}]')], quick=True),
    fault("service-gone", r"service/\S*frontend is gone", run=[k(f"delete service {FULL}-{WEB}")]),
    fault("service-port", r"service/\S*frontend was changed by hand: spec.ports", run=[patch("service", f"{FULL}-{WEB}", replace("/spec/ports/0/port", 3999))]),
    fault("configmap", r"configmap/\S*backend was changed by hand: data", run=[k(f"get configmap {FULL}-{BACK} -o json | sed 's/8001/8009/g' | kubectl -n drills replace -f -")], quick=True),
    fault("configmap-gone", r"configmap/\S*frontend is gone", run=[k(f"delete configmap {FULL}-{WEB}")]),
    fault("liveness", r"deployment/\S*frontend was changed by hand: .*livenessProbe", run=[patch("deployment", f"{FULL}-{WEB}", replace("/spec/template/spec/containers/0/livenessProbe/httpGet/path", '"/nope"'))]),
    fault("image-by-hand", r"deployment/\S*frontend was changed by hand: .*image is nosuch:1", run=[k(f"set image deployment/{FULL}-{WEB} {WEB}=nosuch:1")]),
    fault("limits-by-hand", r"deployment/\S*frontend was changed by hand: .*limits", run=[k(f"set resources deployment/{FULL}-{WEB} --limits=memory=64Mi")]),
    fault("deployment-gone", r"deployment/\S*mcp-server is gone", run=[k(f"delete deployment {FULL}-{MCP}")]),
    fault("ingress-by-hand", r"ingress/\S+ was changed by hand: spec.rules", run=[patch("ingress", FULL, replace("/spec/rules/0/host", '"other.local"'))]),
    fault("class-by-hand", r"ingress/\S+ was changed by hand: spec.ingressClassName is nosuch", run=[patch("ingress", FULL, replace("/spec/ingressClassName", '"nosuch"'))]),
    fault("policy-gone", r"networkpolicy/\S+ is gone", run=[k(f"delete networkpolicy {FULL}-default")]),
    fault("account-gone", r"serviceaccount/\S*frontend is gone", run=[k(f"delete serviceaccount {FULL}-{WEB}")]),
    fault("paused", r"deployment/\S*frontend .*paused", values={"frontend": {"extraEnv": {"A": "1"}}}, run=[k(f"rollout pause deployment/{FULL}-{WEB}")], fix=[k(f"rollout resume deployment/{FULL}-{WEB}")]),
    # Wrong values.
    fault("image-tag", r"pod/\S*frontend\S* container frontend can't get the image \S*nosuch.*(none|not reached|get the image)", values={"frontend": {"image": {"repository": "todo-nosuch"}}}, seen="Failed to pull image", quick=True),
    fault("image-name", r"can't have the image .*no name of an image", values={"frontend": {"image": {"repository": "UPPER/Case"}}}, seen="InvalidImageName|couldn't parse image"),
    fault("image-never", r"pull policy is Never", values={"frontend": {"image": {"repository": "todo-nosuch", "pullPolicy": "Never"}}}, seen="ErrImageNeverPull"),
    fault("memory", r"container frontend (runs out of memory.*4Mi|can't be started)", values={"frontend": {"resources": {"limits": {"memory": "4Mi"}, "requests": {"memory": "4Mi"}}}}, seen="Back-off|Failed|BackOff"),
    fault("crash", r"container backend ends with exit code 2", values={"faults": {"component": BACK, "crash": True}}, seen="Back-off restarting", quick=True),
    fault("unready", r"container backend runs and is not ready: its readiness probe fails \(.*40", values={"faults": {"component": BACK, "unready": True}}, seen="Readiness probe failed", quick=True),
    fault("unready-web", r"container frontend runs and is not ready: its readiness probe fails", values={"faults": {"component": WEB, "unready": True}}, seen="Readiness probe failed"),
    fault("cpu", r"pod/\S*frontend\S* fits on no node: there is not enough cpu.*64", values={"frontend": {"resources": {"requests": {"cpu": "64"}, "limits": {"cpu": "64"}}}}, seen="Insufficient cpu", quick=True),
    fault("memory-request", r"not enough memory", values={"frontend": {"resources": {"requests": {"memory": "900Gi"}, "limits": {"memory": "900Gi"}}}}, seen="Insufficient memory"),
    fault("node-selector", r"none has the labels", values={"frontend": {"nodeSelector": {"disk": "gold"}}}, seen="FailedScheduling"),
    fault("ingress-class", r"no ingress class nosuch \(there are: nginx\)", values={"ingress": {"className": "nosuch"}}, quick=True),
    fault("bad-variable", r"container backend ends with exit code 2", values={"backend": {"extraEnv": {"PORT": "many"}}}, seen="Back-off restarting"),
    fault("database-password", r"can't log in to its database", run=[k("get secret drills-postgresql -o name; true")], values={"secrets": {"postgresPassword": "another"}}, seen="Started container wait-schema"),
    # The cluster refuses.
    fault("quota-pods", r"quota small is used up", run=[quota("pods=1"), restart(WEB)], undo=[k("delete quota small")], seen="exceeded quota", quick=True),
    fault("quota-cpu", r"quota small is used up", run=[quota("requests.cpu=1m,limits.cpu=1m"), restart(WEB)], undo=[k("delete quota small")], seen="exceeded quota"),
    fault("pod-security", r"Pod Security Standard restricted", run=["kubectl label namespace drills pod-security.kubernetes.io/enforce=restricted --overwrite", k("delete pod drills-postgresql-0 --wait=false")], seen="violates PodSecurity"),
    fault("limit-range", r"LimitRange small", run=["""printf '{"apiVersion":"v1","kind":"LimitRange","metadata":{"name":"small"},"spec":{"limits":[{"type":"Container","max":{"memory":"1Mi"}}]}}' | kubectl -n drills apply -f -""", restart(WEB)], undo=[k("delete limitrange small")], seen="maximum memory usage"),
    fault("cordon", r"node \S+ is cordoned", run=["kubectl cordon $NODE", restart(WEB)], fix=["kubectl uncordon $NODE"], seen="were unschedulable", quick=True),
    fault("taint", r"a taint keeps it away \(drill", run=["kubectl taint nodes $NODE drill=yes:NoSchedule", restart(WEB)], fix=["kubectl taint nodes $NODE drill-"], seen="untolerated taint"),
    # Something that is needed is gone.
    fault("secret-gone", r"the Secret drills-\S+ does not exist", run=[k(f"get secret {FULL} -o yaml > /tmp/drill-secret.yaml"), k(f"delete secret {FULL}"), restart(BACK)], fix=[k("apply -f /tmp/drill-secret.yaml")], seen='secret ".*" not found'),
    fault("key-missing", r"key-missing|there is no key", run=[patch("secret", FULL, '[{"op":"remove","path":"/data/DATABASE_URL"}]'), restart(BACK)], fix=[f"helm -n drills get manifest drills | kubectl -n drills apply --server-side --force-conflicts --field-manager=helm -f -"], seen="couldn't find key"),
    fault("claim-gone", r"statefulset/drills-redis is gone", run=[k("delete statefulset drills-redis")]),
    fault("namespace-label", r"namespace", run=["kubectl label namespace drills pod-security.kubernetes.io/enforce-"]),
    fault("uninstalled", r"release drills is not deployed", run=["helm -n drills uninstall drills --wait"]),
    fault("database-away", r"statefulset/drills-postgresql is gone", run=[k("delete statefulset drills-postgresql")]),
    # The way to the cluster.
    fault("no-context", r"is not in the kubeconfig|does not answer|context", run=["export DRILL_CONTEXT=nosuch"]),
]
