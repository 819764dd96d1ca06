#!/usr/bin/env bash
# The client libraries, installed as customers install them, type-checked, and used from photos to saved pictures; that what is generated of them
# follows from the API's document; the examples of the API's page; and a recipe and the manifests of pictures, verified by libraries of others. Needs python3 with venv (3.11 or
# later), which brings Node where there is none of version 20 or later, and the functions (cargo likeness build).
set -euo pipefail
cd "$(dirname "$0")/../.."

scratch=$(mktemp -d)
trap 'kill "${up:-}" "${outside:-}" "${generated:-}" 2>/dev/null || true; rm -rf "$scratch"' EXIT
# shellcheck source=tests/node.sh
source tests/node.sh
need_node

# It installs its own generators, which takes the longest here: beside the rest.
clients/generate.sh --check &
generated=$!

python3 tests/libraries/samples.py components/api/src/routes/site/docs.html "$scratch"

cp -r clients/typescript tests/libraries "$scratch"
# The first example of each README is a program.
example() { awk -v language="$1" '$0 == "```" language { inside = 1; next } inside && /^```/ { exit } inside' "clients/$2/README.md"; }
example ts typescript >"$scratch/libraries/example.ts"
example python python >"$scratch/libraries/example.py"
mkdir "$scratch/pictures" "$scratch/photos"
cp tests/fixtures/photos/portrait-1* "$scratch/photos"

(cd "$scratch/typescript" && npm install --ignore-scripts --no-audit --no-fund --silent && npm pack --silent >/dev/null)
(cd "$scratch/libraries" && npm install --no-audit --no-fund --silent "$scratch"/typescript/likeness-client-*.tgz && node_modules/.bin/tsc)

python3 -m venv "$scratch/venv"
"$scratch/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check --requirement tests/libraries/requirements.txt ./clients/python
(cd "$scratch/libraries" && "$scratch/venv/bin/mypy" --strict --package likeness_client && "$scratch/venv/bin/mypy" --strict live.py proofs.py manifests.py example.py)

# Certificate and key, as operators make them to try it.
(cd "$scratch" && awk '$0 == "```sh" { inside = 1; next } inside && /^```/ { exit } inside' "$OLDPWD/docs/operations/c2pa.md" >certify.sh && bash -e certify.sh)
export SPIN_VARIABLE_C2PA_CERTIFICATE SPIN_VARIABLE_C2PA_KEY
SPIN_VARIABLE_C2PA_CERTIFICATE=$(cat "$scratch/certificate.pem")
SPIN_VARIABLE_C2PA_KEY=$(cat "$scratch/key.pem")

# shellcheck source=tests/up.sh
source tests/up.sh
start_up
API="$API" python3 tests/libraries/outside.py >"$scratch/outside" &
outside=$!
until [ -s "$scratch/outside" ]; do sleep 0.1; done
export API PHOTOS LIKENESS_API_KEY="$KEY" LIKENESS_URL
LIKENESS_URL=$(cat "$scratch/outside")
"$scratch/venv/bin/python" tests/libraries/live.py "$scratch/pictures"
node "$scratch/libraries/live.js" "$scratch/pictures"
"$scratch/venv/bin/python" tests/libraries/proofs.py target/debug/likeness "$scratch"
"$scratch/venv/bin/python" tests/libraries/manifests.py "$scratch/authority.pem" "$scratch/pictures"
(cd "$scratch" && venv/bin/python libraries/example.py && rm sarah-0.png sarah-1.png)
(cd "$scratch" && node libraries/example.js && rm sarah-0.png sarah-1.png)
echo "The examples: two pictures each"
wait "$generated"
generated=
