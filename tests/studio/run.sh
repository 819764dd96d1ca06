#!/usr/bin/env bash
# Goes through the Studio with a browser: from dropped photos to a saved picture, with broken connections and reloads in the middle.
# With API, KEY and PHOTOS_DIR set, of the API there (ADMIN: its admin token, for the operator's page); otherwise it starts one of its own.
# Needs python3 with venv, curl, jq, and target/debug/likeness (cargo build --package likeness); chromium is installed where it is missing.
set -euo pipefail
cd "$(dirname "$0")/../.."

scratch=$(mktemp -d)
trap 'kill "${up:-}" 2>/dev/null || true; rm -rf "$scratch"' EXIT
fail() { echo "tests/studio: $*" >&2; exit 1; }

python3 -m venv "$scratch/venv" || fail "python3 -m venv does not work (apt-get install python3-venv)"
"$scratch/venv/bin/pip" install --quiet --disable-pip-version-check --requirement tests/studio/requirements.txt
CHROMIUM=${CHROMIUM:-$(command -v chromium || true)}
if [ -z "$CHROMIUM" ]; then
  { apt-get update && apt-get install --yes --no-install-recommends chromium; } >"$scratch/apt" 2>&1 || fail "chromium cannot be installed: $(tail -n 3 "$scratch/apt")"
  CHROMIUM=$(command -v chromium)
fi

if [ -z "${API:-}" ]; then
  # shellcheck source=tests/up.sh
  source tests/up.sh
  start_up
  ADMIN=$(jq -r .admin_token "$scratch/state/secrets.json")
fi

if [ -z "${PHOTOS_DIR:-}" ]; then
  PHOTOS_DIR=$scratch/photos
  mkdir "$PHOTOS_DIR"
  for url in $(jq -r '.[]' <<<"${PHOTOS:?neither PHOTOS_DIR nor PHOTOS is set}"); do
    name=$(basename "${url%%\?*}")
    case $name in *.jpg | *.jpeg | *.png | *.webp) ;; *) name+=.jpg ;; esac
    curl -sfo "$PHOTOS_DIR/$name" "$url" || fail "$url cannot be fetched"
  done
fi

curl -sfo /dev/null "$API/studio" || fail "$API/studio is not served"
export API KEY PHOTOS_DIR CHROMIUM ADMIN="${ADMIN:-}"
"$scratch/venv/bin/python" tests/studio/test_studio.py
