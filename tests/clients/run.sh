#!/usr/bin/env bash
# Holds the simulator to the real thing: the providers' own clients, from PyPI, use it as they would use the provider.
# Needs python3 with venv, and target/debug/likeness (cargo build --package likeness).
set -euo pipefail
cd "$(dirname "$0")/../.."

scratch=$(mktemp -d)
trap 'kill "${simulator:-}" 2>/dev/null || true; rm -rf "$scratch"' EXIT
python3 -m venv "$scratch/venv"
"$scratch/venv/bin/pip" install --quiet --disable-pip-version-check --requirement tests/clients/requirements.txt

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
target/debug/likeness gpu-sim --port "$port" --token r8_of_the_clients --training-seconds 1 --picture-seconds 0.1 >"$scratch/out" 2>"$scratch/log" &
simulator=$!
for _ in $(seq 100); do
  curl -sf "http://127.0.0.1:$port/" >/dev/null && break
  sleep 0.1
done
export REPLICATE_BASE_URL="http://127.0.0.1:$port" REPLICATE_API_TOKEN=r8_of_the_clients
"$scratch/venv/bin/python" tests/clients/replicate_client.py

# The key and the account are the simulator's own, as it prints them.
FAL_KEY=$(grep -o 'FAL_KEY=[^ ]*' "$scratch/out" | cut -d= -f2)
FAL_USER=$(grep -o 'FAL_USER_ID=[^ ]*' "$scratch/out" | cut -d= -f2)
FAL_URL="http://127.0.0.1:$port" FAL_KEY="$FAL_KEY" FAL_USER="$FAL_USER" "$scratch/venv/bin/python" tests/clients/fal_official.py
