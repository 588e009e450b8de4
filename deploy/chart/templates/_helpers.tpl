{{- /* Kubernetes' names of services: at most 63 characters with the service's own part, no dot, a letter first. */ -}}
{{- define "reentra.name" -}}
{{- $name := contains .Chart.Name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name .Chart.Name) -}}
{{- if not (regexMatch "^[a-z]" $name) }}
{{- fail (printf "the release %s begins with a digit, and Kubernetes' services begin with a letter: choose another name" .Release.Name) }}
{{- end }}
{{- $name | replace "." "-" | trunc 53 | trimSuffix "-" }}
{{- end }}

{{- define "reentra.image" -}}
{{- $tag := .Values.image.tag | default .Chart.AppVersion -}}
{{- if .Values.image.digest }}{{ .Values.image.repository }}@{{ .Values.image.digest }}{{ else }}{{ .Values.image.repository }}:{{ $tag }}{{ end }}
{{- end }}

{{- define "reentra.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{- define "reentra.labels" -}}
{{ include "reentra.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- /* Where the servers are. Secrets come as files, so that they stand in no environment. */ -}}
{{- define "reentra.environment" -}}
- name: REENTRA_KAFKA__BOOTSTRAP_SERVERS
  value: {{ .Values.kafka.bootstrapServers | toJson | quote }}
- name: REENTRA_KAFKA__SECURITY_PROTOCOL
  value: {{ .Values.kafka.securityProtocol | quote }}
{{- if hasPrefix "SASL_" .Values.kafka.securityProtocol }}
- name: REENTRA_KAFKA__SASL_MECHANISM
  value: {{ .Values.kafka.sasl.mechanism | quote }}
- name: REENTRA_KAFKA__SASL_USERNAME
  value: {{ .Values.kafka.sasl.username | quote }}
- name: REENTRA_KAFKA__SASL_PASSWORD_FILE
  value: /run/secrets/kafka/password
{{- end }}
{{- if .Values.kafka.ca.existingSecret }}
- name: REENTRA_KAFKA__CA_FILE
  value: /run/secrets/kafka-ca/ca.crt
{{- end }}
- name: REENTRA_MONGO__URL_FILE
  value: /run/secrets/mongo/url
- name: REENTRA_MONGO__DATABASE
  value: {{ .Values.mongo.database | quote }}
- name: REENTRA_S3__ENDPOINT
  value: {{ .Values.s3.endpoint | quote }}
- name: REENTRA_S3__BUCKET
  value: {{ .Values.s3.bucket | quote }}
- name: REENTRA_S3__REGION
  value: {{ .Values.s3.region | quote }}
- name: REENTRA_S3__LOCK_DAYS
  value: {{ .Values.s3.lockDays | quote }}
- name: REENTRA_S3__ACCESS_KEY
  valueFrom: {secretKeyRef: {name: {{ .Values.s3.existingSecret | quote }}, key: access-key}}
- name: REENTRA_S3__SECRET_KEY_FILE
  value: /run/secrets/s3/secret-key
{{- if .Values.s3.ca.existingSecret }}
- name: REENTRA_S3__CA_FILE
  value: /run/secrets/s3-ca/ca.crt
{{- end }}
- name: REENTRA_AUTH__PUBLIC_URL
  value: {{ .Values.publicUrl | quote }}
{{- range $name, $value := .Values.settings }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- end }}

{{- define "reentra.mounts" -}}
- {name: mongo, mountPath: /run/secrets/mongo, readOnly: true}
- {name: s3, mountPath: /run/secrets/s3, readOnly: true}
{{- if .Values.s3.ca.existingSecret }}
- {name: s3-ca, mountPath: /run/secrets/s3-ca, readOnly: true}
{{- end }}
{{- if hasPrefix "SASL_" .Values.kafka.securityProtocol }}
- {name: kafka, mountPath: /run/secrets/kafka, readOnly: true}
{{- end }}
{{- if .Values.kafka.ca.existingSecret }}
- {name: kafka-ca, mountPath: /run/secrets/kafka-ca, readOnly: true}
{{- end }}
{{- range $number, $secret := .Values.secretFiles }}
- {name: files-{{ $number }}, mountPath: /run/secrets/{{ $secret }}, readOnly: true}
{{- end }}
- {name: tmp, mountPath: /tmp}
- {name: scratch, mountPath: /scratch}
{{- end }}

{{- define "reentra.volumes" -}}
- name: mongo
  secret: {secretName: {{ .Values.mongo.existingSecret | quote }}, defaultMode: 0440, items: [{key: url, path: url}]}
- name: s3
  secret: {secretName: {{ .Values.s3.existingSecret | quote }}, defaultMode: 0440, items: [{key: secret-key, path: secret-key}]}
{{- if .Values.s3.ca.existingSecret }}
- name: s3-ca
  secret: {secretName: {{ .Values.s3.ca.existingSecret | quote }}, defaultMode: 0444, items: [{key: ca.crt, path: ca.crt}]}
{{- end }}
{{- if hasPrefix "SASL_" .Values.kafka.securityProtocol }}
- name: kafka
  secret: {secretName: {{ .Values.kafka.sasl.existingSecret | quote }}, defaultMode: 0440, items: [{key: password, path: password}]}
{{- end }}
{{- if .Values.kafka.ca.existingSecret }}
- name: kafka-ca
  secret: {secretName: {{ .Values.kafka.ca.existingSecret | quote }}, defaultMode: 0444, items: [{key: ca.crt, path: ca.crt}]}
{{- end }}
{{- range $number, $secret := .Values.secretFiles }}
- name: files-{{ $number }}
  secret: {secretName: {{ $secret | quote }}, defaultMode: 0440}
{{- end }}
- name: tmp
  emptyDir: {medium: Memory, sizeLimit: 64Mi}
{{- end }}

{{- define "reentra.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
terminationGracePeriodSeconds: 30
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  seccompProfile: {type: RuntimeDefault}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . | quote }}
  {{- end }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "reentra.container" -}}
image: {{ include "reentra.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  readOnlyRootFilesystem: true
  allowPrivilegeEscalation: false
  capabilities: {drop: [ALL]}
{{- end }}
