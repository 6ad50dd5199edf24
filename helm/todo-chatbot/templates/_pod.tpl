{{/*
What all our pods have in common: the restricted Pod Security Standard, and no way to the Kubernetes API.
*/}}

{{/* A pod's first lines: who it runs as. Takes {root, name}. */}}
{{- define "todo-chatbot.podDefaults" -}}
serviceAccountName: {{ include "todo-chatbot.componentName" . }}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .root.Values.global.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  fsGroup: 65532
  seccompProfile:
    type: RuntimeDefault
{{- end }}

{{/* A container's security context. */}}
{{- define "todo-chatbot.containerSecurity" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
{{- end }}

{{/*
Slow to start is fine, hanging is restarted. A pod is not ready before the schema is there, and one that has no database for half a
minute gets no traffic; until then it answers by itself (503 with Retry-After): all pods have the same database, and without any of them the ingress answers, in words that no client knows.
*/}}
{{- define "todo-chatbot.probes" -}}
{{- $unready := and .root.Values.faults.unready (eq .root.Values.faults.component .name) }}
startupProbe:
  httpGet: { path: /livez, port: http }
  periodSeconds: 1
  timeoutSeconds: 2
  failureThreshold: 60
livenessProbe:
  httpGet: { path: /livez, port: http }
  periodSeconds: 10
  timeoutSeconds: 3
  failureThreshold: 3
readinessProbe:
  httpGet: { path: {{ ternary "/faults/unready.txt" "/readyz" $unready }}, port: http }
  periodSeconds: 2
  timeoutSeconds: 3
  failureThreshold: 15
{{- end }}

{{/*
The pause between "no new requests, please" and SIGTERM, so that load balancers have heard of it. An image from scratch
has no `sleep` to run, so this needs the kubelet's own, which is on by default since 1.30.
*/}}
{{- define "todo-chatbot.lifecycle" -}}
{{- if semverCompare ">=1.30-0" .root.Capabilities.KubeVersion.Version }}
lifecycle:
  preStop:
    sleep:
      seconds: 5
{{- end }}
{{- end }}

{{/* Replicas on different nodes where there are several. Takes {root, name, values}. */}}
{{- define "todo-chatbot.scheduling" -}}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "todo-chatbot.selectorLabels" . | nindent 8 }}
{{- range $key := list "nodeSelector" "tolerations" "affinity" }}
{{- with get $.values $key }}
{{ $key }}:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
{{- end }}
