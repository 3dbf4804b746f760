#!/bin/sh
# build.sh PLATFORM FOLDER: what the operator puts on the PYTHONPATH of an app, for this machine's processor;
# PLATFORM is manylinux_2_28 or unknown-linux-musl. Run where uv.lock is; needs uv.
#
# The folder comes before the app's own packages. So it has as few as can be, and nothing that is made for
# one version of Python: no gRPC, whose place OTLP over HTTP takes. wrapt's accelerator is there once for each.
set -eu
platform="$(uname -m)-$1"
folder=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

uv export --quiet --frozen --only-group injected --no-emit-workspace --output-file "$work/requirements.txt" \
    --prune opentelemetry-exporter-otlp --prune opentelemetry-exporter-otlp-proto-grpc --prune grpcio
uv build --quiet --wheel --package spantally --out-dir "$work"
mkdir -p "$folder"
for version in 3.11 3.12 3.13 3.14; do
    uv pip install --quiet --no-deps --only-binary :all: --target "$work/$version" \
        --python-version "$version" --python-platform "$platform" --requirement "$work/requirements.txt"
    uv pip install --quiet --no-deps --target "$work/$version" --python-version "$version" "$work"/spantally-*.whl
    rm -rf "$work/$version/bin" "$work/$version/.lock"
    cp -r "$work/$version/." "$folder"
done
chmod -R a+rX "$folder"
