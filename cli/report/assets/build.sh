#!/bin/bash
# build.sh: fetches the packages of package-lock.json and bundles them into one script.
#   build.sh <folder to work in> <script to write>
set -euo pipefail

readonly work=$1 script=$2
here=$(cd "$(dirname "$0")" && pwd)
readonly here

for tool in node npm; do
  if ! command -v "$tool" >/dev/null; then
    echo "hakmem_report_assets: no $tool; it is in Debian's packages nodejs and npm" >&2
    exit 1
  fi
done
mkdir -p "$work" "$(dirname "$script")"
cp "$here"/{package.json,package-lock.json,.npmrc,bundle.mjs,libraries.js} "$work"
cd "$work"
npm ci --ignore-scripts --no-progress
node bundle.mjs "$script"
