{{/*
Who talks to whom: the only list of the allowed connections, from which the network policies are made.
*/}}

{{/* Each edge is {from, to, port}; an end that is no pod of ours is empty and has peers, or no peers for "anyone". */}}
{{- define "todo-chatbot.edges" -}}
{{- $services := include "todo-chatbot.services" . | fromJson }}
{{- $policy := .Values.networkPolicy }}
{{- $pairs := list (list "frontend" "backend") (list "backend" "mcp-server") (list "test" "frontend") (list "test" "backend") (list "test" "mcp-server") }}
{{- range $pair := $pairs }}
{{- with get $services (last $pair) }}
- { from: {{ first $pair }}, to: {{ last $pair }}, port: {{ .service.port }} }
{{- end }}
{{- end }}
{{- range $client := list "backend" "mcp-server" "migrate" }}
{{- if $.Values.postgresql.enabled }}
- { from: {{ $client }}, to: postgresql, port: 5432 }
{{- else }}
- { from: {{ $client }}, to: "", port: {{ $.Values.database.port }} }
{{- end }}
{{- end }}
{{- if .Values.redis.enabled }}
- { from: backend, to: redis, port: 6379 }
{{- else if .Values.cache.url }}
- { from: backend, to: "", port: {{ .Values.cache.port }} }
{{- end }}
{{- with $policy.llm }}
- { from: backend, to: "", port: 443, peers: {{ toJson . }} }
{{- end }}
{{- range $name, $values := $services }}
{{- if ne $values.service.type "ClusterIP" }}
- { from: "", to: {{ $name }}, port: {{ $values.service.port }} }
{{- else if ne $name "mcp-server" }}
- { from: "", to: {{ $name }}, port: {{ $values.service.port }}, peers: {{ toJson $policy.ingressController }} }
{{- end }}
{{- with $policy.monitoring }}
- { from: "", to: {{ $name }}, port: {{ $values.service.port }}, peers: {{ toJson . }} }
{{- end }}
{{- end }}
{{- end }}

{{/* Every component that has pods. */}}
{{- define "todo-chatbot.networkComponents" -}}
{{- $names := keys (include "todo-chatbot.services" . | fromJson) | sortAlpha }}
{{- if .Values.migrate.enabled }}{{ $names = append $names "migrate" }}{{ end }}
{{- if .Values.postgresql.enabled }}{{ $names = append $names "postgresql" }}{{ end }}
{{- if .Values.redis.enabled }}{{ $names = append $names "redis" }}{{ end }}
{{- append $names "test" | toYaml }}
{{- end }}

{{/* What selects a component's pods, the subcharts' included. Takes {root, name}. */}}
{{- define "todo-chatbot.peerLabels" -}}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/part-of: todo-chatbot
app.kubernetes.io/component: {{ .name }}
{{- end }}

{{/* The other end of an edge: our pods, the given peers, or nothing for anyone. Takes {root, name, peers}. */}}
{{- define "todo-chatbot.peers" -}}
{{- if .name -}}
- podSelector:
    matchLabels:
      {{- include "todo-chatbot.peerLabels" . | nindent 6 }}
{{- else if .peers -}}
{{ toYaml .peers }}
{{- end }}
{{- end }}

{{/* One component's rules of one direction. Takes {root, name, edges}, and here and there: "to" and "from", or the reverse. */}}
{{- define "todo-chatbot.networkRules" -}}
{{- range $edge := .edges }}
{{- if eq (get $edge $.here) $.name }}
- ports: [{ protocol: TCP, port: {{ $edge.port }} }]
  {{- with include "todo-chatbot.peers" (dict "root" $.root "name" (get $edge $.there) "peers" $edge.peers) }}
  {{ $.there }}:
    {{- . | nindent 4 }}
  {{- end }}
{{- end }}
{{- end }}
{{- end }}
