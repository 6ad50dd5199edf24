{{/*
Names, labels and images: what every template needs. Nothing here knows what a service does.
Helpers that speak of one service take a dict: root (the chart's context), name (the component's) and values (its values).
*/}}

{{/* The chart's name. */}}
{{- define "todo-chatbot.name" -}}
{{- .Values.nameOverride | default .Chart.Name | trunc 48 | trimSuffix "-" }}
{{- end }}

{{/* The release's prefix of every name, short enough for "-mcp-server" within the 63 characters of a Service. */}}
{{- define "todo-chatbot.fullname" -}}
{{- $name := include "todo-chatbot.name" . }}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 48 | trimSuffix "-" }}
{{- else if contains $name .Release.Name }}
{{- .Release.Name | trunc 48 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 48 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{/* One component's name, e.g. todo-chatbot-backend. */}}
{{- define "todo-chatbot.componentName" -}}
{{- printf "%s-%s" (include "todo-chatbot.fullname" .root) .name }}
{{- end }}

{{/* The services that are enabled, as JSON: name -> values. The only list of them. */}}
{{- define "todo-chatbot.services" -}}
{{- $services := dict }}
{{- range $name, $values := dict "frontend" .Values.frontend "backend" .Values.backend "mcp-server" .Values.mcpServer }}
{{- if $values.enabled }}{{ $_ := set $services $name $values }}{{ end }}
{{- end }}
{{- toJson $services }}
{{- end }}

{{/* What selects one component's pods. Never changes over a release's life. */}}
{{- define "todo-chatbot.selectorLabels" -}}
app.kubernetes.io/name: {{ include "todo-chatbot.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .name }}
{{- end }}

{{/* A pod's labels. */}}
{{- define "todo-chatbot.podLabels" -}}
{{ include "todo-chatbot.selectorLabels" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/part-of: todo-chatbot
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
{{- with .root.Values.global.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* Every other object's labels. */}}
{{- define "todo-chatbot.labels" -}}
{{ include "todo-chatbot.podLabels" . }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- end }}

{{/* An image from {repository, tag}. */}}
{{- define "todo-chatbot.image" -}}
{{- printf "%s:%s" .image.repository (.image.tag | default .root.Chart.AppVersion) }}
{{- end }}

{{/* The migration's image: the backend's, unless migrate.image says otherwise. Also waits for the schema and runs the tests. */}}
{{- define "todo-chatbot.migrateImage" -}}
{{- $image := dict "repository" (.Values.migrate.image.repository | default .Values.backend.image.repository) "tag" (.Values.migrate.image.tag | default .Values.backend.image.tag) }}
{{- include "todo-chatbot.image" (dict "root" . "image" $image) }}
{{- end }}

{{- define "todo-chatbot.migratePullPolicy" -}}
{{- .Values.migrate.image.pullPolicy | default .Values.backend.image.pullPolicy }}
{{- end }}

{{/* Where a service is reached from inside the namespace. */}}
{{- define "todo-chatbot.url" -}}
{{- printf "http://%s:%d" (include "todo-chatbot.componentName" .) (int .values.service.port) }}
{{- end }}
