{{/*
What each service is told: its ConfigMap's data and its secret variables. The names are the contract with the code.
*/}}

{{/* The names under which a service may be called, with its port: the Host headers that it accepts. */}}
{{- define "todo-chatbot.hostNames" -}}
{{- $name := include "todo-chatbot.componentName" . }}
{{- $hosts := list }}
{{- range $suffix := list "" (printf ".%s" .root.Release.Namespace) (printf ".%s.svc" .root.Release.Namespace) (printf ".%s.svc.cluster.local" .root.Release.Namespace) }}
{{- $hosts = append $hosts (printf "%s%s:%d" $name $suffix (int $.values.service.port)) }}
{{- end }}
{{- join "," $hosts }}
{{- end }}

{{- define "todo-chatbot.ingressOrigin" -}}
{{- printf "%s://%s" (ternary "https" "http" (ne .Values.ingress.tlsSecretName "")) .Values.ingress.host }}
{{- end }}

{{/* Where redis is: in the chart, elsewhere, or nowhere. */}}
{{- define "todo-chatbot.redisUrl" -}}
{{- if .Values.redis.enabled -}}
redis://{{ include "redis.fullname" .Subcharts.redis }}:6379/0
{{- else -}}
{{ .Values.cache.url }}
{{- end }}
{{- end }}

{{/* The most pods of one service at once: a rollout adds one. */}}
{{- define "todo-chatbot.mostPods" -}}
{{- add1 (ternary .autoscaling.maxReplicas .replicas .autoscaling.enabled) }}
{{- end }}

{{/*
How many connections to PostgreSQL each pod may hold, so that all pods there can be at once fit: those of the services that
open the database. Twelve connections are kept: three of them are PostgreSQL's own, two the migration's, the others an operator's.
*/}}
{{- define "todo-chatbot.databasePool" -}}
{{- $kept := 12 }}
{{- $most := int (ternary .Values.postgresql.maxConnections .Values.database.maxConnections .Values.postgresql.enabled) }}
{{- $pods := 0 }}
{{- range $name, $values := include "todo-chatbot.services" . | fromJson }}
{{- if ne $name "frontend" }}{{ $pods = add $pods (include "todo-chatbot.mostPods" $values) }}{{ end }}
{{- end }}
{{- $each := div (sub $most $kept) (max 1 $pods) }}
{{- if lt $each 3 }}
{{- fail (printf "%d pods of backend and mcp-server at once leave each of them %d of PostgreSQL's %d connections; 3 are needed. Lower autoscaling.maxReplicas or replicas, or raise %s to %d." $pods $each $most (ternary "postgresql.maxConnections" "database.maxConnections (and that server's max_connections)" .Values.postgresql.enabled) (add (mul 3 $pods) $kept)) }}
{{- end }}
{{- min 10 $each }}
{{- end }}

{{/* One service's ConfigMap data, in which extraEnv has the last word. Takes {root, name, values}. */}}
{{- define "todo-chatbot.config" -}}
{{- mergeOverwrite (include "todo-chatbot.ownConfig" . | fromYaml) .values.extraEnv | toYaml }}
{{- end }}

{{/* What the chart itself tells a service. */}}
{{- define "todo-chatbot.ownConfig" -}}
{{- $root := .root }}
HOST: "0.0.0.0"
PORT: {{ ternary "broken-on-purpose" (toString .values.service.port) (and $root.Values.faults.crash (eq $root.Values.faults.component .name)) | quote }}
ENVIRONMENT: {{ $root.Values.environment | quote }}
LOG_LEVEL: {{ $root.Values.logLevel | quote }}
{{- if ne .name "frontend" }}
DATABASE_POOL: {{ include "todo-chatbot.databasePool" $root | quote }}
{{- end }}
{{- if eq .name "frontend" }}
BACKEND_URL: {{ include "todo-chatbot.url" (dict "root" $root "name" "backend" "values" $root.Values.backend) | quote }}
{{- with .values.publicApiUrl }}
NEXT_PUBLIC_API_URL: {{ . | quote }}
{{- end }}
{{- else if eq .name "backend" }}
{{- if $root.Values.mcpServer.enabled }}
MCP_SERVER_URL: {{ printf "%s/mcp" (include "todo-chatbot.url" (dict "root" $root "name" "mcp-server" "values" $root.Values.mcpServer)) | quote }}
{{- end }}
{{- with include "todo-chatbot.redisUrl" $root }}
REDIS_URL: {{ . | quote }}
{{- end }}
{{- $origins := .values.corsOrigins }}
{{- if $root.Values.ingress.enabled }}{{ $origins = append $origins (include "todo-chatbot.ingressOrigin" $root) }}{{ end }}
{{- with $origins }}
CORS_ORIGINS: {{ join "," . | quote }}
{{- end }}
{{- with .values.trustedProxies }}
TRUSTED_PROXIES: {{ join "," . | quote }}
{{- end }}
{{- with .values.llm.baseUrl }}
OPENAI_BASE_URL: {{ . | quote }}
{{- end }}
{{- with .values.llm.model }}
OPENAI_MODEL: {{ . | quote }}
{{- end }}
{{- else if eq .name "mcp-server" }}
MCP_ALLOWED_HOSTS: {{ include "todo-chatbot.hostNames" . | quote }}
{{- end }}
{{- end }}

{{/* The data of secrets.valuesFrom, as text; empty where there is no such Secret, or no cluster. */}}
{{- define "todo-chatbot.givenSecrets" -}}
{{- $given := dict }}
{{- with .Values.secrets.valuesFrom }}
{{- range $key, $value := get (lookup "v1" "Secret" $.Release.Namespace . | default dict) "data" | default dict }}
{{- $_ := set $given $key ($value | b64dec) }}
{{- end }}
{{- if lt (len (get $given "BETTER_AUTH_SECRET" | default (repeat 32 "-"))) 32 }}
{{- fail (printf "BETTER_AUTH_SECRET in the Secret %s is shorter than 32 characters" .) }}
{{- end }}
{{- end }}
{{- toJson $given }}
{{- end }}

{{/* The Secret with the application's own secrets. */}}
{{- define "todo-chatbot.secretName" -}}
{{- .Values.secrets.existingSecret | default (include "todo-chatbot.fullname" .) }}
{{- end }}

{{/* The variable that only what opens the database gets. */}}
{{- define "todo-chatbot.env.database" -}}
- name: DATABASE_URL
  valueFrom:
    secretKeyRef:
      {{- if .Values.database.existingSecret }}
      name: {{ .Values.database.existingSecret }}
      key: {{ .Values.database.existingSecretKey }}
      {{- else }}
      name: {{ include "todo-chatbot.secretName" . }}
      key: DATABASE_URL
      {{- end }}
{{- end }}

{{/* One service's secret variables. Takes {root, name}. The frontend has none. */}}
{{- define "todo-chatbot.env.secrets" -}}
{{- if has .name (list "backend" "mcp-server") }}
{{- include "todo-chatbot.env.database" .root }}
- name: BETTER_AUTH_SECRET
  valueFrom:
    secretKeyRef:
      name: {{ include "todo-chatbot.secretName" .root }}
      key: BETTER_AUTH_SECRET
{{- end }}
{{- if eq .name "backend" }}
{{- range $key := list "OPENAI_API_KEY" "GEMINI_API_KEY" }}
- name: {{ $key }}
  valueFrom:
    secretKeyRef:
      name: {{ include "todo-chatbot.secretName" $.root }}
      key: {{ $key }}
      optional: true
{{- end }}
{{- end }}
{{- end }}

{{/*
What a restart must follow when it changes: the secrets that were given. Generated ones never change, so they count as a
constant; that keeps the checksum the same from one upgrade to the next, and rendering without a cluster reproducible.
*/}}
{{- define "todo-chatbot.secretChecksum" -}}
{{- $existing := list }}
{{- range $name := compact (list .Values.secrets.valuesFrom .Values.secrets.existingSecret .Values.database.existingSecret) }}
{{- $existing = append $existing (get (lookup "v1" "Secret" $.Release.Namespace $name | default dict) "data") }}
{{- end }}
{{- list .Values.secrets .Values.database.url $existing | toJson | sha256sum }}
{{- end }}
