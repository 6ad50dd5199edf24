{{/*
Names and labels. This chart is part of todo-chatbot and shares nothing with it but `global`.
*/}}

{{- define "redis.fullname" -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 50 | trimSuffix "-" }}
{{- end }}

{{/* Never changes over a release's life. */}}
{{- define "redis.selectorLabels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: {{ .Chart.Name }}
{{- end }}

{{/* A pod's and a volume claim's labels: without a version, so that a new chart does not restart the database. */}}
{{- define "redis.podLabels" -}}
{{ include "redis.selectorLabels" . }}
app.kubernetes.io/part-of: todo-chatbot
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- with (.Values.global | default dict).commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "redis.labels" -}}
{{ include "redis.podLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{/* No password: the network policy lets only the backend in. Every second at most one second of writes can be lost. */}}
{{- define "redis.config" -}}
bind * -::*
port 6379
protected-mode no
dir /data
appendonly yes
appendfsync everysec
save ""
maxmemory {{ .Values.maxmemory }}
maxmemory-policy volatile-lru
{{- end }}

{{/* Owns the volume's root before the service starts, where the cluster made it for root only. Root with the one right that takes. */}}
{{- define "redis.volumePermissions" -}}
- name: volume-permissions
  image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}"
  imagePullPolicy: {{ .Values.image.pullPolicy }}
  terminationMessagePolicy: FallbackToLogsOnError
  command: [chown, "{{ .Values.runAsUser }}:{{ .Values.runAsUser }}", /data]
  resources:
    {{- toYaml .Values.resources | nindent 4 }}
  securityContext:
    runAsUser: 0
    runAsGroup: 0
    runAsNonRoot: false
    allowPrivilegeEscalation: false
    readOnlyRootFilesystem: true
    capabilities:
      drop: [ALL]
      add: [CHOWN]
    seccompProfile:
      type: RuntimeDefault
  volumeMounts:
    - { name: data, mountPath: /data }
{{- end }}
