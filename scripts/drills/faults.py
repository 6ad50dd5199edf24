"""The faults: how each is brought about, what must be said of it, and how it is put right.

`values` are given to the release, `run` is done to the cluster before `up`. `seen` is found in the event from which on the
cluster knows; without it that is the moment at which the release is there, or `up` began. `says` must be in the first line. `mend` tells how the fix
line is carried out: `up` does it by itself, its first `command` is run as it stands, or the chart's value that it names is
put right. Where it is nothing of these, `undo` does by hand what the line asks for; it also takes away what `run` made.
"""

import json
import shlex
from dataclasses import dataclass, field
from pathlib import Path

WEB, MCP, BACK = "frontend", "mcp-server", "backend"
FULL = "drills-todo-chatbot"


UNLOAD = Path(__file__).resolve().parent.parent / "unload-image.sh"


@dataclass
class Fault:
    """One way to break a release."""

    name: str
    says: str
    values: dict = field(default_factory=dict)
    run: list = field(default_factory=list)
    undo: list = field(default_factory=list)
    mend: str = ""
    commands: int = 1
    seen: str = ""
    env: dict = field(default_factory=dict)
    more: list = field(default_factory=list)
    quick: bool = False


def by_hand(name, says, command, quick=False):
    """An object that someone changed: seen, named and put right by `up` itself."""
    return Fault(name, says, run=[command], mend="up", quick=quick)


def patch(kind, name, operation, path, value=None):
    change = [{"op": operation, "path": path, **({} if value is None else {"value": value})}]
    return f"kubectl patch {kind} {name} --type=json -p '{json.dumps(change)}'"


def make(kind, api, name, **rest):
    item = {"kind": kind, "apiVersion": api, "metadata": {"name": name}, **rest}
    return f"kubectl create -f - <<< '{json.dumps(item)}'"


def restart(name):
    return f"kubectl rollout restart deployment/{FULL}-{name}"


def broken_program(name, says, text):
    """The page's image with a program that the kernel refuses to execute."""
    image = "todo-broken:1"
    pack = f"cd $(mktemp -d) && printf {shlex.quote(text)} >frontend && tar --create --mode=0555 frontend"
    build = f"docker import --change 'ENTRYPOINT [\"/frontend\"]' - {image} && docker save {image} | docker exec -i $NODE ctr -n k8s.io images import - && docker image rm {image}"
    return Fault(
        name,
        says,
        {"frontend": {"image": {"repository": "todo-broken", "tag": "1"}}},
        run=[f"{pack} | ({build})"],
        undo=[f"{UNLOAD} $NODE {image}"],
        mend="frontend.image.tag",
        seen="Back-off restarting",
    )


def quota(hard):
    return f"kubectl create quota small --hard={hard}"


def resources(cpu=None, memory=None):
    given = {key: value for key, value in (("cpu", cpu), ("memory", memory)) if value}
    return {"frontend": {"resources": {"requests": given, "limits": given}}}


def kubeconfig(*changes):
    """A kubeconfig of the drill's own, in which something is wrong."""
    config = "kubectl --kubeconfig $SCRATCH/kubeconfig config"
    cluster = "$(kubectl config view -o jsonpath=\"{.contexts[?(@.name=='$CONTEXT')].context.cluster}\")"
    user = "$(kubectl config view -o jsonpath=\"{.contexts[?(@.name=='$CONTEXT')].context.user}\")"
    lines = [line.format(config=config, cluster=cluster, user=user) for line in changes]
    return ["kubectl config view --raw > $SCRATCH/kubeconfig", *lines]


OWN = {"KUBECONFIG": "kubeconfig"}
# A node that stood still for minutes has much to catch up with.
AWAKE = "timeout 120 sh -c 'until kubectl get --raw /readyz --request-timeout=2s && kubectl wait node --all --for=condition=Ready --timeout=5s && kubectl get pods --all-namespaces --request-timeout=2s; do sleep 2; done' >/dev/null"

SET_BY_HAND = [
    by_hand("scaled-mcp", r"deployment/\S*mcp-server was changed by hand: spec.replicas is 0", f"kubectl scale deployment/{FULL}-{MCP} --replicas=0", quick=True),
    by_hand("scaled-database", r"statefulset/drills-postgresql was changed by hand: spec.replicas is 0", "kubectl scale statefulset/drills-postgresql --replicas=0", quick=True),
    by_hand("selector", r"service/\S*backend was changed by hand: spec.selector", patch("service", f"{FULL}-{BACK}", "add", "/spec/selector/x", "y"), quick=True),
    by_hand("service-gone", r"service/\S*frontend is gone", f"kubectl delete service {FULL}-{WEB}"),
    by_hand("service-port", r"service/\S*frontend was changed by hand: spec.ports", patch("service", f"{FULL}-{WEB}", "replace", "/spec/ports/0/port", 3999)),
    by_hand("configmap", r"configmap/\S*backend was changed by hand: data", f"kubectl get configmap {FULL}-{BACK} -o json | sed 's/8001/8009/g' | kubectl replace -f -", quick=True),
    by_hand("configmap-gone", r"configmap/\S*frontend is gone", f"kubectl delete configmap {FULL}-{WEB}"),
    by_hand("liveness", r"deployment/\S*frontend was changed by hand: .*livenessProbe", patch("deployment", f"{FULL}-{WEB}", "replace", "/spec/template/spec/containers/0/livenessProbe/httpGet/path", "/nope")),
    by_hand("image-by-hand", r"deployment/\S*frontend was changed by hand: .*image is nosuch:1", f"kubectl set image deployment/{FULL}-{WEB} {WEB}=nosuch:1"),
    by_hand("env-by-hand", r"deployment/\S*backend was changed by hand: .*env", f"kubectl set env deployment/{FULL}-{BACK} EXTRA=1"),
    by_hand("limits-by-hand", r"deployment/\S*frontend was changed by hand: .*limits", f"kubectl set resources deployment/{FULL}-{WEB} --limits=memory=64Mi"),
    by_hand("deployment-gone", r"deployment/\S*mcp-server is gone", f"kubectl delete deployment {FULL}-{MCP}"),
    by_hand("database-gone", r"statefulset/drills-postgresql is gone", "kubectl delete statefulset drills-postgresql", quick=True),
    by_hand("ingress-by-hand", r"ingress/\S+ was changed by hand: spec.rules", patch("ingress", FULL, "replace", "/spec/rules/0/host", "other.local")),
    by_hand("class-by-hand", r"ingress/\S+ was changed by hand: spec.ingressClassName is nosuch", patch("ingress", FULL, "replace", "/spec/ingressClassName", "nosuch")),
    by_hand("policy-gone", r"networkpolicy/\S+ is gone", f"kubectl delete networkpolicy {FULL}-default"),
    by_hand("account-gone", r"serviceaccount/\S*frontend is gone", f"kubectl delete serviceaccount {FULL}-{WEB}"),
    by_hand("secret-gone", r"secret/drills-todo-chatbot is gone", f"kubectl delete secret {FULL}"),
    by_hand("secret-key", r"secret/drills-todo-chatbot was changed by hand: data.DATABASE_URL is missing", patch("secret", FULL, "remove", "/data/DATABASE_URL")),
    by_hand("uninstalled", r"release drills is not deployed", "helm uninstall drills --wait"),
]

VALUES = [
    Fault("image-tag", r"pod/\S*frontend\S* container frontend can't get the image \S*nosuch", {"frontend": {"image": {"repository": "todo-nosuch"}}}, mend="frontend.image", seen="Failed to pull image", quick=True),
    Fault("image-name", r"can't have the image .*no name of an image", {"frontend": {"image": {"repository": "UPPER/Case"}}}, mend="frontend.image.repository", seen="InvalidImageName|couldn't parse image"),
    Fault("image-never", r"pull policy is Never", {"frontend": {"image": {"repository": "todo-nosuch", "pullPolicy": "Never"}}}, mend="frontend.image.pullPolicy", seen="ErrImageNeverPull"),
    Fault("memory", r"container frontend (runs out of memory.*4Mi|can't be started)", resources(memory="4Mi"), mend="frontend.resources.limits.memory", seen="Back-off|Failed|BackOff"),
    Fault("crash", r"container backend ends with exit code 2", {"faults": {"component": BACK, "crash": True}}, seen="Back-off restarting", quick=True),
    broken_program("no-loader", r"container frontend can't run its program: what that is started by is not in the image \(exec /frontend", "#!/nowhere\\n"),
    broken_program("wrong-processor", r"container frontend can't run its program here: it is made for another kind of processor", "echo no program\\n"),
    Fault("bad-variable", r"container backend ends with exit code 2", {"backend": {"extraEnv": {"PORT": "many"}}}, mend="backend.extraEnv", seen="Back-off restarting"),
    Fault("unready", r"container backend runs and is not ready: its readiness probe fails \(.*40", {"faults": {"component": BACK, "unready": True}}, seen="Readiness probe failed", quick=True),
    Fault("unready-web", r"container frontend runs and is not ready: its readiness probe fails", {"faults": {"component": WEB, "unready": True}}, seen="Readiness probe failed"),
    Fault("cpu", r"pod/\S*frontend\S* fits on no node: there is not enough cpu.*64", resources(cpu="64"), mend="frontend.resources", seen="Insufficient cpu", quick=True),
    Fault("memory-request", r"pod/\S*frontend\S* fits on no node: there is not enough memory", resources(memory="900Gi"), mend="frontend.resources", seen="Insufficient memory"),
    Fault("node-selector", r"none has the labels", {"frontend": {"nodeSelector": {"disk": "gold"}}}, mend="frontend.nodeSelector", seen="FailedScheduling"),
    Fault("ingress-class", r"no ingress class nosuch \(there are: nginx\)", {"ingress": {"className": "nosuch"}}, mend="ingress.className", quick=True),
    Fault("database-password", r"can't log in to its database: the data is older", more=["--set", "secret=another"], mend="secrets.postgresPassword", seen="Started container backend"),
    Fault("database-name", r"does not reach its database", {"postgresql": {"enabled": False}, "database": {"url": "postgres://todo:x@nosuch.invalid:5432/todo"}}, mend="database.url", seen="Started container backend"),
    Fault("existing-secret-alone", r"postgresql.auth.existingSecret must not be empty", {"secrets": {"existingSecret": "mine"}}, mend="secrets.existingSecret"),
    Fault("existing-secret-missing", r"the Secret mine does not exist", {"secrets": {"existingSecret": "mine"}, "postgresql": {"auth": {"existingSecret": "mine"}}}, mend="secrets.existingSecret", seen='secret ".*" not found'),
    Fault("unknown-value", r"frontend: additional properties 'replicaCount' not allowed", {"frontend": {"replicaCount": 2}}, mend="replicaCount", quick=True),
    Fault("name-too-long", r"fullnameOverride must have at most 48 characters", {"fullnameOverride": "a" * 60}, mend="fullnameOverride"),
    Fault("immutable-labels", r"Deployment drills-\S+ can't be changed in that way", {"nameOverride": "other", "fullnameOverride": FULL}, mend="command"),
    Fault("node-port", r"Service \S+ wants a node port that another", {"frontend": {"service": {"type": "NodePort", "nodePort": 30999}}}, mend="nodePort", run=["kubectl create service nodeport other --tcp=80 --node-port=30999"], undo=["kubectl delete service other"]),
    Fault("storage-class", r"data-drills-postgresql-0 gets no volume: there is no StorageClass nosuch", {"postgresql": {"persistence": {"storageClass": "nosuch"}}}, run=["helm uninstall drills --wait", "kubectl delete pvc,jobs --all"], mend="command", seen="ProvisioningFailed"),
]

def sql(statement):
    call = f'PGPASSWORD=$(cat $POSTGRES_PASSWORD_FILE) psql -q -h 127.0.0.1 -U todo -d todo -c "{statement}"'
    return f"kubectl exec drills-postgresql-0 -c postgresql -- sh -c {shlex.quote(call)}"



OTHERS = [
    Fault(
        "restarted",
        r"pod/\S*frontend\S* container frontend was started again once since the last look",
        run=[
            f"id=$(kubectl get pods -l app.kubernetes.io/component={WEB} -o jsonpath='{{.items[0].status.containerStatuses[0].containerID}}'); docker exec $NODE ctr -n k8s.io tasks kill -s SIGKILL ${{id#containerd://}}",
            f"until [ $(kubectl get pods -l app.kubernetes.io/component={WEB} -o jsonpath='{{.items[0].status.containerStatuses[0].restartCount}}{{.items[0].status.containerStatuses[0].ready}}') = 1true ]; do sleep 0.5; done",
        ],
        mend="up",
    ),
    Fault(
        "migration-fails",
        r"job/\S*migrate\S* has failed for good",
        {"migrate": {"backoffLimit": 0}},
        run=[sql("create table kept as select version, checksum from _sqlx_migrations; update _sqlx_migrations set checksum = sha256(checksum)")],
        undo=[sql("update _sqlx_migrations m set checksum = k.checksum from kept k where k.version = m.version; drop table kept")],
        seen="BackoffLimitExceeded|reached the specified backoff limit",
    ),
    Fault("migration-slow", r"job/\S*migrate\S* was ended: it took longer than its deadline", {"migrate": {"activeDeadlineSeconds": 1}}, mend="migrate.activeDeadlineSeconds", seen="DeadlineExceeded|longer than specified deadline"),
    Fault("foreign-object", r"ConfigMap \S+ is there already and belongs to no release", run=["helm uninstall drills --wait", f"kubectl create configmap {FULL}-{BACK}"], undo=[f"kubectl delete configmap {FULL}-{BACK}"]),
    Fault(
        "metrics-away",
        r"horizontalpodautoscaler/drill can't scale any more: the metrics API does not answer",
        run=[
            f"kubectl autoscale deployment/{FULL}-{WEB} --name=drill --min=1 --max=2 --cpu-percent=70",
            "kubectl label horizontalpodautoscaler drill app.kubernetes.io/instance=drills",
            "kubectl wait --for=condition=ScalingActive horizontalpodautoscaler/drill --timeout=180s; sleep 65",
            "kubectl get apiservice v1beta1.metrics.k8s.io -o json > $SCRATCH/metrics.json; kubectl delete apiservice v1beta1.metrics.k8s.io",
            "kubectl wait --for=condition=ScalingActive=false horizontalpodautoscaler/drill --timeout=120s",
        ],
        undo=["kubectl apply -f $SCRATCH/metrics.json", "kubectl delete horizontalpodautoscaler drill"],
    ),
]

REFUSED = [
    Fault("quota-pods", r"quota small is used up", run=[quota("pods=1"), restart(WEB)], undo=["kubectl delete quota small"], seen="exceeded quota", quick=True),
    Fault("quota-cpu", r"quota small is used up", run=[quota("requests.cpu=1m,limits.cpu=1m"), restart(WEB)], undo=["kubectl delete quota small"], seen="exceeded quota"),
    Fault("pod-security", r"Pod Security Standard restricted", run=["kubectl label namespace $NAMESPACE pod-security.kubernetes.io/enforce=restricted --overwrite", "kubectl delete pod drills-postgresql-0 --wait=false"], mend="command", seen="violates PodSecurity"),
    Fault("limit-range", r"LimitRange small", run=[make("LimitRange", "v1", "small", spec={"limits": [{"type": "Container", "max": {"memory": "1Mi"}}]}), restart(WEB)], undo=["kubectl delete limitrange small"], seen="maximum memory usage"),
    Fault(
        "webhook-down",
        r"webhook drill.example.com, which has to agree, does not answer",
        run=[
            make(
                "ValidatingWebhookConfiguration",
                "admissionregistration.k8s.io/v1",
                "drill",
                webhooks=[
                    {
                        "name": "drill.example.com",
                        "clientConfig": {"service": {"name": "nosuch", "namespace": "default"}},
                        "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}],
                        "sideEffects": "None",
                        "admissionReviewVersions": ["v1"],
                        "timeoutSeconds": 2,
                    }
                ],
            ),
            restart(WEB),
        ],
        undo=["kubectl delete validatingwebhookconfiguration drill"],
        seen="failed calling webhook",
    ),
]

CLUSTER = [
    Fault("cordon", r"node \S+ is cordoned", run=["kubectl cordon $NODE", restart(WEB)], undo=["kubectl uncordon $NODE"], mend="command", seen="were unschedulable", quick=True),
    Fault("taint", r"a taint keeps it away \(drill", run=["kubectl taint nodes $NODE drill=yes:NoSchedule", restart(WEB)], undo=["kubectl taint nodes $NODE drill-"], mend="command", seen="untolerated taint"),
    Fault("paused", r"deployment/\S*frontend .*paused", {"frontend": {"extraEnv": {"A": "1"}}}, run=[f"kubectl rollout pause deployment/{FULL}-{WEB}"], mend="up", quick=True),
]

ACCESS = [
    Fault("no-context", r"context.*not in the kubeconfig", run=kubeconfig("{config} rename-context $CONTEXT other"), env=OWN),
    Fault("unknown-authority", r"signed by another authority", run=kubeconfig("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=other -keyout /dev/null -out $SCRATCH/other.crt -days 1", "{config} set-cluster {cluster} --certificate-authority=$SCRATCH/other.crt --embed-certs=true"), env=OWN),
    Fault("no-credentials", r"does not know who asks", run=kubeconfig("{config} unset users.{user}", "{config} set-credentials {user} --token=wrong"), env=OWN),
    Fault("no-server", r"does not answer.*refused", run=kubeconfig("{config} set-cluster {cluster} --server=https://127.0.0.1:9"), env=OWN),
    Fault("no-such-host", r"name of its API server is not known", run=kubeconfig("{config} set-cluster {cluster} --server=https://nosuch.invalid:6443"), env=OWN, more=["--yes"]),
    Fault(
        "view-only",
        r"may not \S+ \S+",
        run=[
            "kubectl create serviceaccount viewer",
            "kubectl create rolebinding viewer --clusterrole=view --serviceaccount=$NAMESPACE:viewer",
            *kubeconfig("{config} unset users.{user}", "{config} set-credentials {user} --token=$(kubectl create token viewer)"),
        ],
        undo=["kubectl delete rolebinding viewer", "kubectl delete serviceaccount viewer"],
        values={"frontend": {"extraEnv": {"A": "1"}}},
        env=OWN,
    ),
    Fault("silent", r"context \S+ .*has not answered for", run=["docker pause $CONTEXT"], undo=["docker unpause $CONTEXT", AWAKE]),
]

FAULTS = [fault for family in (SET_BY_HAND, VALUES, OTHERS, REFUSED, CLUSTER, ACCESS) for fault in family]
