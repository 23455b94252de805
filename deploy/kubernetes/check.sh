#!/usr/bin/env bash
# Builds each overlay with kustomize, and checks it and the Job that deploys against the schemas of Kubernetes. Needs Go and Python
# with venv. What operators bring (ScaledObject, ServiceMonitor, ExternalSecret) has no schema there.
set -euo pipefail
cd "$(dirname "$0")"

kustomize=(go run sigs.k8s.io/kustomize/kustomize/v5@v5.7.1)
command -v kustomize >/dev/null && kustomize=(kustomize)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet kubernetes-validate==1.37.0

for overlay in overlays/*; do
  { "${kustomize[@]}" build "$overlay"; echo ---; cat deploy-version.yaml; } >"$work/all.yaml"
  "$work/venv/bin/python" - "$work/all.yaml" "$overlay" <<'PYTHON'
import sys, yaml, kubernetes_validate
file, overlay = sys.argv[1:]
core = ('v1', 'apps/', 'batch/', 'policy/', 'autoscaling/', 'networking.k8s.io/')
checked = skipped = 0
for document in yaml.safe_load_all(open(file)):
    if not document['apiVersion'].startswith(core):
        skipped += 1
        continue
    kubernetes_validate.validate(document, '1.34', strict=True)
    checked += 1
print(f'{overlay}: {checked} objects fit the schemas, {skipped} have none')
PYTHON
done
