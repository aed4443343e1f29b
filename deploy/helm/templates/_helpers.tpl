{{- define "tclsearch.labels" -}}
app.kubernetes.io/name: tclsearch
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "tclsearch.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "tclsearch.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{- define "tclsearch.controlPlaneEnv" -}}
- name: TCLSEARCH_DATABASE_URL_FILE
  value: /secrets/database/url
{{- if .Values.secrets.store }}
- name: AWS_SHARED_CREDENTIALS_FILE
  value: /secrets/store/credentials
{{- end }}
{{- range $name, $value := .Values.settings }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- end }}

{{- define "tclsearch.controlPlaneMounts" -}}
- {name: data, mountPath: /data}
- {name: tmp, mountPath: /tmp}
- {name: database, mountPath: /secrets/database, readOnly: true}
{{- if .Values.secrets.store }}
- {name: store, mountPath: /secrets/store, readOnly: true}
{{- end }}
{{- end }}

{{- define "tclsearch.rayEnv" -}}
- name: RAY_AUTH_MODE
  value: token
- name: RAY_AUTH_TOKEN
  valueFrom:
    secretKeyRef: {name: {{ .Values.secrets.ray }}, key: token}
- name: RAY_JOB_STOP_SIGNAL
  value: SIGINT
- name: RAY_JOB_STOP_WAIT_TIME_S
  value: "20"
- name: RAY_USAGE_STATS_ENABLED
  value: "0"
- name: HOME
  value: /tmp
{{- end }}
