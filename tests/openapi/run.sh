#!/usr/bin/env bash
# Asks for everything the document describes, and for much that it does not, as two accounts, and compares every answer with it.
# Needs python3 with venv, curl, jq, and target/debug/likeness (cargo build --package likeness).
set -euo pipefail
cd "$(dirname "$0")/../.."

scratch=$(mktemp -d)
trap 'kill "${up:-}" 2>/dev/null || true; rm -rf "$scratch"' EXIT
python3 -m venv "$scratch/venv"
"$scratch/venv/bin/pip" install --quiet --disable-pip-version-check --requirement tests/openapi/requirements.txt
"$scratch/venv/bin/openapi-spec-validator" components/api/src/openapi.json

# Nobody asks as often as a fuzzer.
export SPIN_VARIABLE_REQUESTS_PER_DAY=1000000 SPIN_VARIABLE_REQUESTS_PER_MINUTE=100000 SPIN_VARIABLE_OPEN_TASKS_MAX=100
# shellcheck source=tests/up.sh
source tests/up.sh
start_up
ADMIN=$(jq -r .admin_token "$scratch/state/secrets.json")

# ask METHOD PATH TOKEN [BODY]
ask() { curl -sf -X "$1" "$API$2" -H "Authorization: Bearer $3" ${4:+--json "$4"} | jq -c .data; }

owner=$(ask GET /api/v1/credits/ledger "$KEY" | jq -r .account_id)
ask POST "/api/v1/admin/accounts/$owner/grants" "$ADMIN" '{"credits": 1000000}' >/dev/null
stranger=$(ask POST /api/v1/admin/accounts "$ADMIN" '{"name": "Stranger", "credits": 1000000}' | jq -r .account_id)
stranger_key=$(ask POST "/api/v1/admin/accounts/$stranger/keys" "$ADMIN" '{}' | jq -r .key)
character=$(ask POST /api/v1/characters/create "$KEY" "{\"image_urls\": $PHOTOS}" | jq -r .character_id)
until [ "$(ask GET "/api/v1/characters/$character" "$KEY" | jq -r .status)" = ready ]; do sleep 0.5; done
task=$(ask POST "/api/v1/characters/$character/generate" "$KEY" '{"prompt": "a portrait"}' | jq -r .id)

jq -n --arg owner "$KEY" --arg stranger "$stranger_key" --arg operator "$ADMIN" '
  def user($name; $token): { name: $name, fixedHeaders: [{ name: "Authorization", value: "Bearer \($token)" }] };
  { auth: [user("owner"; $owner), user("stranger"; $stranger), user("operator"; $operator)] }' >"$scratch/auth.json"
REAL=$(jq -nc --argjson photos "$PHOTOS" --arg character "$character" --arg task "$task" --arg account "$owner" \
  '{ photos: $photos, ids: { character_id: $character, task_id: $task, account_id: $account } }')
export API REAL WFC_AUTH="$scratch/auth.json"
check() { "$scratch/venv/bin/schemathesis" --config-file tests/openapi/schemathesis.toml run "$API/openapi.json" "$@"; }
check --exclude-tag Admin
check --include-tag Admin --auth-wfc "$WFC_AUTH" --auth-wfc-user operator
