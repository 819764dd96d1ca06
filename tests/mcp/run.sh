#!/usr/bin/env bash
# Agents, as they are: the official clients of the Model Context Protocol, of both revisions, make a character and a picture.
# Needs python3 with venv, which brings Node where there is none of version 20 or later, and the functions (cargo likeness build).
set -euo pipefail
cd "$(dirname "$0")/../.."

scratch=$(mktemp -d)
trap 'kill "${up:-}" 2>/dev/null || true; rm -rf "$scratch"' EXIT
cp tests/mcp/*.mjs tests/mcp/package.json "$scratch"
# shellcheck source=tests/node.sh
source tests/node.sh
need_node
npm install --prefix "$scratch" --no-audit --no-fund --silent

# shellcheck source=tests/up.sh
source tests/up.sh
start_up
export API KEY PHOTOS
node "$scratch/stateless.mjs"
node "$scratch/initialize.mjs"
