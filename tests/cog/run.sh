#!/usr/bin/env bash
# Plays with Cog's own server, from PyPI, with stubs of a trainer and of a model in it: what `cargo likeness cog` says of it; and a character from its
# photos to its end, what fails, what is canceled, a server that is killed (tests/e2e/tests/it/real_cog.rs).
# The application runs as LIKENESS_TEST_HOST says: natively, or with `wasm` on the functions as they are deployed.
# Needs python3 with venv, curl, jq, and target/debug/likeness (cargo build --package likeness).
set -euo pipefail
cd "$(dirname "$0")/../.."

scratch=$(mktemp -d)
servers=()
finish() {
  kill "${servers[@]}" 2>/dev/null || true
  rm -rf "$scratch"
}
trap finish EXIT
python3 -m venv "$scratch/venv"
"$scratch/venv/bin/pip" install --quiet --disable-pip-version-check --requirement tests/cog/requirements.txt

# serve NAME MODE STUB DESCRIPTION: starts a server on a free port; `url` is where it is once it is ready. Its worker is the first python there is.
serve() {
  local folder=$scratch/$1 port
  mkdir -p "$folder/.cog"
  cp tests/cog/*.py docs/operations/cog/likeness_train.py "$folder"
  cp "$4" "$folder/.cog/openapi_schema.json"
  port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  (cd "$folder" && exec env PATH="$scratch/venv/bin:$PATH" PORT="$port" COG_TRAIN_TYPE_STUB="$3" COG_PREDICT_TYPE_STUB="$3" \
    python -m cog.server.http --host 127.0.0.1 --x-mode "$2" >log 2>&1) &
  servers+=($!)
  url=http://127.0.0.1:$port
  for _ in $(seq 300); do
    [ "$(curl -s "$url/health-check" | jq -r .status)" = READY ] && return
    sleep 0.1
  done
  cat "$folder/log" >&2
  return 1
}

# refused WORDS ARGUMENTS: what is looked at is refused in these words.
refused() {
  if target/debug/likeness cog "${@:2}" 2>"$scratch/said"; then
    echo "it should have been refused: ${*:2}" >&2
    return 1
  fi
  grep -q "$1" "$scratch/said" || { cat "$scratch/said" >&2; return 1; }
}

schemas=.components.schemas
jq "del($schemas.Input)" tests/cog/schema.json >"$scratch/trains.json"
jq "del($schemas.TrainingInput, $schemas.TrainingOutput)" tests/cog/schema.json >"$scratch/predicts.json"
jq "$schemas.TrainingOutput = {type: \"object\", properties: {weights: {type: \"string\"}}}" tests/cog/schema.json >"$scratch/object.json"
serve trainer train likeness_train.py:train "$scratch/trains.json"
trainer=$url
serve model predict predict.py:Predictor "$scratch/predicts.json"
model=$url
serve object train train.py:train "$scratch/object.json"
target/debug/likeness cog --trainer-url "$trainer" --model-url "$model"
refused "does not train" --trainer-url "$model"
refused "does not make pictures" --model-url "$trainer"
refused "likeness_train.py" --trainer-url "$url"
kill "${servers[@]}"
wait
refused "cannot be reached" --trainer-url "$trainer"

export LIKENESS_COG_PYTHON="$scratch/venv/bin/python"
cargo test --locked --workspace --test it real_cog:: -- --ignored
